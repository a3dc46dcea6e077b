import type { LogPosition } from '@stocker/server-process'
import { linesSince } from '@stocker/server-process'
import { lineKind, readProblem } from './log-line.ts'

const LAST_LINES = 5
/** Stack frames, the caret below a source line, Node's own signature: what is left says what happened. */
const NOISE = /^\s+at |^\s*\^+\s*$|^Node\.js v|^\s*[{}]\s*$/

/**
 * What a service said before it ended: its last useful lines on stderr and, as a service that ends in order logs why, its
 * last warnings and errors.
 */
export async function lastWords(errors: LogPosition, log: LogPosition): Promise<readonly string[]> {
  const shouted = (await linesSince(errors)).filter((line) => !NOISE.test(line))
  const logged = (await linesSince(log)).flatMap((line) => {
    const content = Buffer.from(line)
    const problem = lineKind(content) === 'problem' ? readProblem(content, '') : null
    return problem === null ? [] : [problem.message]
  })
  return [...logged.slice(-LAST_LINES), ...shouted.slice(-LAST_LINES)]
}
