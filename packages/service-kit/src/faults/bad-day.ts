import { createHash } from 'node:crypto'

export interface BadDayOptions<Request> {
  /** So many of the calls get no answer, from 0 to 1: one half is not carried out, of the other half the answer is lost. */
  readonly failureRate: number
  /** The same seed lets the same calls fail, by their number since the start. */
  readonly seed: number
  /** The error of a caller who does not know what was done. */
  readonly failure: (request: Request, why: string) => Error
}

type Call<Request, Answer> = (request: Request, signal?: AbortSignal) => Promise<Answer>

/** Lets calls of a simulated outside world fail as they do on a bad day. All calls that one day is put around are counted together. */
export const badDay = <Request>({ failureRate, seed, failure }: BadDayOptions<Request>) => {
  let calls = 0
  const chance = (): number => {
    calls += 1
    return createHash('sha256').update(`${seed} ${calls}`).digest().readUInt32BE(0) / 2 ** 32
  }
  /** `lost` hears of what was carried out although the caller does not learn it, before the call fails. */
  return <R extends Request, Answer>(
    call: Call<R, Answer>,
    lost?: (request: R, answer: Answer) => Promise<void>,
  ): Call<R, Answer> =>
    async (request, signal) => {
      const luck = chance()
      if (luck < failureRate / 2) throw failure(request, 'the request did not arrive')
      const answer = await call(request, signal)
      if (luck >= failureRate) return answer
      await lost?.(request, answer)
      throw failure(request, 'the answer was lost')
    }
}
