import { CqrsError } from '../errors.ts'

const FORM = /^\d{1,20}$/

/** Stands for everything up to a transaction. Opaque to whoever carries it. */
export const versionToken = (tx: bigint): string => tx.toString()

/** The transaction behind a token. Throws MALFORMED_TOKEN for anything that `versionToken` did not make. */
export function transactionOf(token: string): bigint {
  if (FORM.test(token)) return BigInt(token)
  throw new CqrsError(
    'MALFORMED_TOKEN',
    `'${token.slice(0, 40)}' is not a version token: it is what an accepted command answers as 'token', unchanged.`,
  )
}
