import type { Platform } from './platform.ts'
import { probe } from './probe.ts'
import { tryCommand } from './terminal/ready-table.ts'

/** A command that places an order for a product that exists now; undefined when the catalogue does not answer. */
export async function suggestCommand(platform: Platform): Promise<string | undefined> {
  const { ready, answer } = await probe(`${platform.url('cart-service')}/api/products`)
  if (!ready) return undefined
  const catalogue = JSON.parse(answer.slice(answer.indexOf('{'))) as { products?: readonly { sku: string }[] }
  const sku = catalogue.products?.[0]?.sku
  return sku === undefined ? undefined : tryCommand(platform.url('order-service'), sku)
}
