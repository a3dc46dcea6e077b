import { expect, test } from 'vitest'
import {
  CQRS_ERRORS,
  CqrsError,
  createCommandBus,
  createEventStore,
  createInbox,
  createPublisher,
  defineAggregate,
} from '../src/index.ts'
import { account } from './bank.ts'
import { testKernel } from './kernel.ts'

const kernel = await testKernel()

test('an error says whether to retry as the table says', () => {
  for (const [code, { retryable }] of Object.entries(CQRS_ERRORS)) {
    const cause = new Error('why')
    expect(new CqrsError(code as keyof typeof CQRS_ERRORS, 'what', { cause })).toMatchObject({
      code,
      retryable,
      cause,
      name: 'CqrsError',
    })
  }
})

test('definitions and options that cannot work are refused when they are made', () => {
  expect(() => defineAggregate({ ...account, name: 'two-words' })).toThrow("'two-words'")
  expect(() => defineAggregate({ ...account, snapshotEvery: 0 })).toThrow('snapshotEvery')
  const store = kernel.store()
  expect(() => kernel.store({ cacheSize: -1 })).toThrow("'cacheSize' is -1")
  expect(() => createCommandBus({ store, maxGroup: 0 })).toThrow("'maxGroup' is 0")
  expect(() => createPublisher({ store, name: 'p', map: () => null, send: async () => {}, batchSize: 1.5 })).toThrow(
    "'batchSize'",
  )
  expect(() => createEventStore({ pool: {} as never, aggregates: [] })).toThrow("'pool'")
  expect(() => createInbox({ store: {} as never, consumer: 'c', handlers: {} })).toThrow("'store'")
})

test('an aggregate cannot change its initial state', () => {
  expect(Object.isFrozen(account.initial)).toBe(true)
})
