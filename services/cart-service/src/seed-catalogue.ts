import { readFile } from 'node:fs/promises'
import { Money, ProductName, Sku } from '@stocker/contracts'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Product } from './product.ts'
import type { ProductService } from './product-service.ts'

const Seed = Type.Array(
  Type.Object(
    {
      sku: Sku,
      name: ProductName,
      price: Type.Object(Money.properties, { additionalProperties: false }),
    },
    { additionalProperties: false },
  ),
)

const FILE = new URL('../seed/catalogue.json', import.meta.url)

/** The products that the shop opens with. Throws when the file does not hold a list of products. */
export const readSeed = async (file: URL = FILE): Promise<readonly Product[]> => {
  const unusable = (why: string, cause?: unknown) =>
    new Error(`${file.pathname} is no catalogue to start with: ${why}`, cause === undefined ? {} : { cause })
  let seed: unknown
  try {
    seed = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error), error)
  }
  const [first] = Value.Errors(Seed, seed)
  if (first !== undefined) throw unusable(`${first.instancePath} ${first.message}`)
  return Value.Parse(Seed, seed)
}

/** Lists each product that never was on sale; repeated at every start, it changes nothing. */
export const seedCatalogue = async (service: ProductService, products: readonly Product[]): Promise<void> => {
  const results = await Promise.all(products.map((product) => service.list(product)))
  for (const result of results) if (result.status === 'rejected') throw new Error(result.rejection.message)
}
