import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ProblemError } from './problem.ts'
import { kitProblem } from './problem.ts'

/**
 * What JSON can say and the platform cannot keep: NUL and unpaired surrogates (PostgreSQL's text and jsonb refuse both) and numbers that a double
 * rounds. A hit in the raw text only means that the values must be looked at one by one, so the usual body costs one pass of a regular expression.
 */
const SUSPICIOUS = /\\u(?:0000|d[89a-f])|\d{16}|\d[eE]/i

type JsonParser = (request: FastifyRequest, body: string, done: (error: Error | null, value?: unknown) => void) => void

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is kept as it came, for {@link rawBodyOf}. Default false. */
    readonly rawBody?: boolean
  }
}

const rawBodies = new WeakMap<FastifyRequest, Buffer>()
const NOTHING = Buffer.alloc(0)

/** The bytes of the body, as they came: what a signature is of. Empty without a body, and on routes without `config: { rawBody: true }`. */
export function rawBodyOf(request: FastifyRequest): Buffer {
  return rawBodies.get(request) ?? NOTHING
}

/** Reads `application/json` bodies; every other media type is refused by fastify with 415. */
export function registerJsonBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error') as unknown as JsonParser
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (request.routeOptions.config.rawBody === true) rawBodies.set(request, body)
    // No body at all is left to the route's schema, which says what is missing better than a parser can.
    if (body.length === 0) return done(null, undefined)
    if (!isUtf8(body)) return done(kitProblem('MALFORMED_JSON', 'The body is not UTF-8.'))
    const text = body.toString('utf8')
    parse(request, text, (error, value) => {
      if (error !== null) return done(kitProblem('MALFORMED_JSON', syntaxError(text)))
      done(SUSPICIOUS.test(text) ? findUnstorable(value, '#') : null, value)
    })
  })
}

function syntaxError(text: string): string {
  try {
    JSON.parse(text)
    return 'The body uses a property name that is not allowed: __proto__ or constructor.prototype.'
  } catch (error) {
    // V8 quotes up to ten characters around the place, and with them perhaps a secret: only the position is passed on.
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    return position === undefined
      ? 'The body ends before the JSON document does.'
      : `The body stops being JSON at character ${position}.`
  }
}

/** The first text or number below `value` that cannot be kept exactly as the caller sent it. */
export function findUnstorable(value: unknown, pointer: string): ProblemError | null {
  if (typeof value === 'string') return unstorableText(value, pointer)
  if (typeof value === 'number') return unstorableNumber(value, pointer)
  if (typeof value !== 'object' || value === null) return null
  for (const [key, member] of Object.entries(value)) {
    const place = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const found = unstorableText(key, place) ?? findUnstorable(member, place)
    if (found !== null) return found
  }
  return null
}

function unstorableText(text: string, pointer: string): ProblemError | null {
  const nul = text.includes('\0')
  if (!nul && text.isWellFormed()) return null
  const detail = nul ? 'holds a NUL character' : 'holds an unpaired surrogate'
  const place = pointer.toWellFormed().replaceAll('\0', '�')
  return kitProblem('UNSTORABLE_TEXT', `The text at ${place} ${detail}.`, {
    extension: { errors: [{ in: 'body', pointer: place, rule: 'text', detail }] },
  })
}

function unstorableNumber(number: number, pointer: string): ProblemError | null {
  // Beyond 2^53 every double is an integer, so one comparison covers 1e400 (Infinity) and 9007199254740993.5 as well.
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return null
  const detail = 'is outside of the range in which integers are exact'
  return kitProblem('NUMBER_OUT_OF_RANGE', `The number at ${pointer} ${detail}.`, {
    extension: { errors: [{ in: 'body', pointer, rule: 'range', detail }] },
  })
}
