import { chain } from '../client/failure.ts'
import type { RecordHeader } from '../headers.ts'
import { encodeText } from '../headers.ts'
import type { FailureHeaderNames } from './failure-headers.ts'

export interface ExceptionHeaderLimits {
  /** Longest message. Bytes. */
  readonly messageBytes: number
  /** Longest stack trace with those of the causes; 0: none. Bytes. */
  readonly stackTraceBytes: number
}

/**
 * Why a record failed. `exception-fqcn` is the class of what the listener threw, not of a wrapper around it; `exception-cause-fqcn`, which Java
 * readers look at for that reason, is the same. The message begins with the error's code. Unlike Spring's the texts are bounded.
 */
export function exceptionHeaders(
  error: unknown,
  names: FailureHeaderNames,
  { messageBytes, stackTraceBytes }: ExceptionHeaderLimits,
): RecordHeader[] {
  const type = encodeText(typeOf(error))
  const headers: RecordHeader[] = [
    { key: names.exceptionFqcn, value: type },
    { key: names.exceptionCauseFqcn, value: type },
    { key: names.exceptionMessage, value: bounded(messageOf(error), messageBytes) },
  ]
  const stackTrace = stackTraceOf(error)
  if (stackTraceBytes > 0 && stackTrace !== '') {
    headers.push({ key: names.exceptionStacktrace, value: bounded(stackTrace, stackTraceBytes) })
  }
  return headers
}

/** Also those that only Spring writes: for keys that cannot be read, which a string never is. */
export function isExceptionHeader(key: string, names: FailureHeaderNames): boolean {
  const prefix = names.exceptionFqcn.slice(0, -'exception-fqcn'.length)
  return key.startsWith(`${prefix}exception-`) || key.startsWith(`${prefix}key-exception-`)
}

function typeOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && !error.message.includes(code) ? `${code}: ${error.message}` : error.message
}

function stackTraceOf(error: unknown): string {
  const stacks = [...chain(error)].flatMap((at) => (at instanceof Error ? [at.stack ?? String(at)] : []))
  return stacks.join('\nCaused by: ')
}

/** UTF-8, cut between two characters. */
function bounded(text: string, maxBytes: number): Buffer {
  const bytes = encodeText(text)
  if (bytes.length <= maxBytes) return bytes
  let end = maxBytes
  // A continuation byte is 10xxxxxx: the character before the cut would lose its end.
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}
