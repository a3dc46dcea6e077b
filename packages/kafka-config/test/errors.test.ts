import { describe, expect, test } from 'vitest'
import type { KafkaConfigErrorCode } from '../src/index.ts'
import { ERROR_CODES, KafkaConfigError } from '../src/index.ts'

const codes = Object.keys(ERROR_CODES) as KafkaConfigErrorCode[]

describe('an error', () => {
  test.each(codes)('%s says whether the call may be repeated, and what it means', (code) => {
    const cause = new Error('socket')
    const error = new KafkaConfigError(code, 'what happened', { cause })

    expect(error).toMatchObject({ name: 'KafkaConfigError', code, message: 'what happened', problems: [] })
    expect(error.retryable).toBe(ERROR_CODES[code].retryable)
    expect(error.cause).toBe(cause)
    expect(ERROR_CODES[code].meaning).toMatch(/^\S.+\.$/)
  })

  test('has a code in capitals', () => {
    for (const code of codes) expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/)
  })
})
