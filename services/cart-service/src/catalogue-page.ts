import type { Product } from './product.ts'

export interface CatalogueFilter {
  /** Part of the name; upper and lower case are the same. */
  readonly search?: string
  /** `next` of the page before. */
  readonly after?: string
  readonly limit: number
}

export interface CataloguePage {
  readonly products: readonly Product[]
  /** Pass it as `after` for the next page; absent on the last one. */
  readonly next?: string
}

export class BadCursorError extends Error {}

type Place = Pick<Product, 'name' | 'sku'>

/** The order of every list of products: by name, then by sku; the same on every machine, whatever its language. */
export const byName = (a: Place, b: Place): number => {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  return a.sku === b.sku ? 0 : a.sku < b.sku ? -1 : 1
}

const encodeCursor = ({ name, sku }: Place): string => Buffer.from(JSON.stringify([name, sku])).toString('base64url')

const decodeCursor = (cursor: string): Place => {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(place) && place.length === 2) {
      const [name, sku] = place
      if (typeof name === 'string' && typeof sku === 'string') return { name, sku }
    }
  } catch {
    // Not JSON: reported like any other text that was never given out.
  }
  throw new BadCursorError(cursor)
}

/**
 * One page of products that are sorted {@link byName}. The cursor is a place in that order, so a product that comes or goes
 * between two pages moves no other one.
 */
export const pageOf = (products: Iterable<Product>, { search, after, limit }: CatalogueFilter): CataloguePage => {
  const wanted = search?.toLowerCase()
  const from = after === undefined ? undefined : decodeCursor(after)
  const page: Product[] = []
  for (const product of products) {
    if (from !== undefined && byName(product, from) <= 0) continue
    if (wanted !== undefined && !product.name.toLowerCase().includes(wanted)) continue
    const last = page.at(-1)
    if (page.length === limit && last !== undefined) return { products: page, next: encodeCursor(last) }
    page.push(product)
  }
  return { products: page }
}
