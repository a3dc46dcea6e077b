import type { CustomTypesConfig } from 'pg'
import { types } from 'pg'
import { ServiceKitError } from '../errors.ts'

/**
 * bigint (count(*), sum of integers, money in minor units) as number where a number holds it exactly, and an error where it does not: pg's default
 * is a string, which turns `a + b` into text, and parseInt would round. Given to one pool; pg's global table stays as it is.
 */
export const exactNumbers: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === types.builtins.INT8 && format !== 'binary'
      ? parseExact
      : types.getTypeParser(oid, format)) as CustomTypesConfig['getTypeParser'],
}

export function parseExact(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) {
    throw new ServiceKitError(
      'NUMBER_NOT_EXACT',
      `PostgreSQL returned the bigint ${text}, which a number cannot hold; select it as ::text.`,
    )
  }
  return value
}
