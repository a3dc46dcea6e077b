import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSeed, seedCatalogue } from '../src/seed-catalogue.ts'
import type { CartOverHttp } from './cart-over-http.ts'
import { cartOverHttp } from './cart-over-http.ts'

let running: CartOverHttp
let directory: string

beforeAll(async () => {
  running = await cartOverHttp()
  directory = await mkdtemp(join(tmpdir(), 'catalogue-'))
})
afterAll(async () => {
  await running.close()
  await rm(directory, { recursive: true })
})

const priceOf = async (sku: string) => (await running.products.catalogue.products()).get(sku)?.price.amount
const fileOf = async (content: string): Promise<URL> => {
  const path = join(directory, 'catalogue.json')
  await writeFile(path, content)
  return pathToFileURL(path)
}

describe('the catalogue', () => {
  it('shows a changed price at once', async () => {
    expect(await priceOf('lamp')).toBe(4500)
    await running.products.changePrice('lamp', { amount: 3900, currency: 'EUR' })
    expect(await priceOf('lamp')).toBe(3900)
  })

  it('keeps changed prices when it is seeded again, as at every start', async () => {
    await running.products.changePrice('backpack', { amount: 6900, currency: 'EUR' })
    await seedCatalogue(running.products, await readSeed())

    expect(await priceOf('backpack')).toBe(6900)
    expect(await priceOf('mug')).toBe(1250)
  })
})

describe('a file that the catalogue cannot be seeded from', () => {
  it.each([
    ['a negative price', '[{"sku":"mug","name":"Mug","price":{"amount":-1,"currency":"EUR"}}]'],
    ['a fractional price', '[{"sku":"mug","name":"Mug","price":{"amount":12.5,"currency":"EUR"}}]'],
    ['a price as text', '[{"sku":"mug","name":"Mug","price":{"amount":"1250","currency":"EUR"}}]'],
    ['a currency in words', '[{"sku":"mug","name":"Mug","price":{"amount":1250,"currency":"Euro"}}]'],
    ['a product without a name', '[{"sku":"mug","price":{"amount":1250,"currency":"EUR"}}]'],
    ['an unknown property', '[{"sku":"mug","name":"Mug","price":{"amount":1,"currency":"EUR"},"stock":5}]'],
    ['no list', '{}'],
  ])('%s is refused, and the message names the file', async (_, content) => {
    await expect(readSeed(await fileOf(content))).rejects.toThrow('catalogue.json')
  })

  it('is refused when it is no JSON', async () => {
    await expect(readSeed(await fileOf('[{'))).rejects.toThrow('catalogue.json')
  })
})
