import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase } from '../../../test/servers.ts'
import { SERVICE_CONTRACTS } from '../../../test/service-contracts.ts'
import type { WatchedServices } from '../src/watched-services.ts'
import { watchedServices } from '../src/watched-services.ts'
import type { ServiceAddress, WatchedName } from '../src/watched-settings.ts'
import { WATCHED_NAMES } from '../src/watched-settings.ts'

let database: TestDatabase
let watched: WatchedServices

beforeAll(async () => {
  database = await createTestDatabase()
  const addresses = Object.fromEntries(
    WATCHED_NAMES.map((name) => [name, { url: `http://localhost/${name}`, databaseUrl: database.url }]),
  ) as Record<WatchedName, ServiceAddress>
  watched = watchedServices(addresses)
})

afterAll(async () => {
  await watched.close()
  await database.drop()
})

describe('the services that the console watches', () => {
  test('are all that there are, each with the rules of its own', () => {
    expect(watched.services.map(({ contract }) => contract)).toEqual(SERVICE_CONTRACTS)
    for (const { name, contract, aggregates, url } of watched.services) {
      expect(contract.service).toBe(name)
      expect(url).toBe(`http://localhost/${name}`)
      expect(aggregates.map((aggregate) => aggregate.name).toSorted()).toEqual(
        Object.keys(contract.commands).toSorted(),
      )
    }
  })

  test('are told by their events, which of them call somebody outside', () => {
    for (const { outboundCalls, aggregates } of watched.services) {
      const known = aggregates.flatMap(({ evolve }) => Object.keys(evolve))
      expect(known).toEqual(expect.arrayContaining(outboundCalls.flatMap(({ intents }) => Object.keys(intents))))
    }
  })

  test('are read and never written', async () => {
    const [first] = watched.services
    expect(first?.pool.totalCount).toBe(0)
    await expect(first?.pool.query('create table t (a int)')).rejects.toThrow('read-only transaction')
    const owner = new Pool({ connectionString: database.url, max: 1 })
    await owner.query('create table t as select 1 as a')
    expect((await first?.pool.query('select a from t'))?.rows).toEqual([{ a: 1 }])
    await owner.end()
  })
})
