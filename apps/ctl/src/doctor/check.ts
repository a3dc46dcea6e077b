/** `skipped`: could not be looked at, which is no fault. */
export type Verdict = 'ok' | 'bad' | 'skipped'

export interface Check {
  readonly name: string
  readonly verdict: Verdict
  /** What was found, and for what is bad what to do. */
  readonly detail: string
}

/** The check that `look` makes; what it throws is what is bad. */
export async function check(name: string, look: () => Promise<string> | string): Promise<Check> {
  try {
    return { name, verdict: 'ok', detail: await look() }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { name, verdict: error instanceof Skipped ? 'skipped' : 'bad', detail }
  }
}

export class Skipped extends Error {
  override readonly name = 'Skipped'
}
