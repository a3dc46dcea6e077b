import { expect, test } from 'vitest'
import type { SqlStatement } from '../src/index.ts'
import { defineTable } from '../src/index.ts'
import { testKernel } from './kernel.ts'

const kernel = await testKernel()
const store = kernel.store()
const write = (...statements: SqlStatement[]) =>
  store.transact(
    (unit) => {
      for (const statement of statements) unit.write(statement)
    },
    { correlationId: 'c' },
  )

const products = defineTable({
  name: 'products',
  key: ['sku', 'shop'],
  columns: {
    sku: 'text',
    shop: 'int',
    name: 'text',
    cents: 'bigint',
    weight: 'float8',
    listed: 'boolean',
    changed_at: 'timestamptz',
    owner: 'uuid',
    tags: 'json',
  },
})

const row = {
  sku: 'A-1',
  shop: 1,
  name: 'a "quoted", {braced} \\ name 🎉',
  cents: 9_007_199_254_740_993n,
  weight: 1.25,
  listed: true,
  changed_at: '2026-03-01T12:30:00.125Z',
  owner: '018f3a5e-7b1c-7def-8a4b-0123456789ab',
  tags: ['x', { y: null }],
}

test('rows of every column type come back as they were written', async () => {
  await kernel.pool.query(`create table products (
    sku text, shop int, name text, cents bigint, weight float8, listed boolean, changed_at timestamptz, owner uuid, tags json,
    primary key (sku, shop))`)
  const empty = {
    ...row,
    shop: 2,
    name: null,
    cents: null,
    weight: null,
    listed: null,
    changed_at: null,
    owner: null,
    tags: null,
  }
  await write(products.insert([row, empty]))
  expect(await kernel.rows('select * from products order by shop')).toEqual([
    { ...row, cents: String(row.cents), changed_at: new Date(row.changed_at) },
    empty,
  ])
})

test('an upsert replaces rows of the same key, and takes the last of several', async () => {
  await write(
    products.upsert([
      { ...row, name: 'first' },
      { ...row, shop: 3 },
      { ...row, name: 'last', changed_at: new Date(0) },
    ]),
  )
  expect(await kernel.rows('select shop, name, changed_at from products where shop <> 2 order by shop')).toEqual([
    { shop: 1, name: 'last', changed_at: new Date(0) },
    { shop: 3, name: row.name, changed_at: new Date(row.changed_at) },
  ])
})

test('a delete takes the rows of the keys', async () => {
  await write(
    products.delete([
      { sku: 'A-1', shop: 1 },
      { sku: 'A-1', shop: 2 },
      { sku: 'none', shop: 9 },
    ]),
  )
  expect(await kernel.rows('select shop from products')).toEqual([{ shop: 3 }])
})

test('no rows are no problem', async () => {
  await write(products.insert([]), products.upsert([]), products.delete([]))
})

test('values that PostgreSQL cannot take fail with the statement, before anything is sent', async () => {
  for (const wrong of [{ shop: 2 ** 40 }, { shop: 1.5 }, { cents: 1.5 }, { changed_at: 'yesterday' }]) {
    await expect(write(products.insert([{ ...row, ...wrong }]))).rejects.toMatchObject({ code: 'STATEMENT_FAILED' })
  }
  await expect(write({ text: 'select $1::int', values: [] })).rejects.toThrow('0 values were given for 1 parameters')
  expect(await kernel.rows('select shop from products')).toEqual([{ shop: 3 }])
})

test('names that are not plain identifiers are refused', () => {
  expect(() => defineTable({ name: 'x; drop table y', key: ['a'], columns: { a: 'text' } })).toThrow('plain lower-case')
})
