import pg from 'pg'
import { expect, test } from 'vitest'
import { createTestDatabase, kafkaBootstrap, testTopic, waitFor } from './servers.ts'

test('a test database is empty, its own, and gone after drop', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()])
  try {
    const client = new pg.Client({ connectionString: one.url })
    client.on('error', () => undefined) // drop() disconnects it
    await client.connect()
    await client.query('create table t (a int)')
    expect(one.url).not.toBe(other.url)
  } finally {
    await Promise.all([one.drop(), other.drop()])
  }
  const gone = new pg.Client({ connectionString: one.url })
  await expect(gone.connect()).rejects.toThrow('does not exist')
})

test('topics of two tests never meet, and there is a broker to hold them', () => {
  expect(testTopic('orders')).not.toBe(testTopic('orders'))
  expect(kafkaBootstrap()).toMatch(/^[\w.]+:\d+$/)
})

test('waiting in vain says what was awaited and what came last', async () => {
  await expect(waitFor(() => false, { timeoutMs: 50, what: 'the order to be delivered' })).rejects.toThrow(
    'waited 50 ms in vain for: the order to be delivered; last: false',
  )
  await expect(waitFor(() => 0, { what: 'a number' })).resolves.toBe(0)
})
