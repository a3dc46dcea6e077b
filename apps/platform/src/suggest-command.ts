import { CONSOLE } from './console-token.ts'
import type { Platform } from './platform.ts'
import { display, tryCommand } from './terminal/ready-table.ts'

const CUSTOMER = 'ada'

/** A command that places an order for a product that exists now; undefined when the catalogue does not answer. */
export async function suggestCommand(platform: Platform): Promise<string | undefined> {
  const authorization = `Bearer ${await platform.token({ subject: CUSTOMER })}`
  const answer = await fetch(`${platform.url('cart-service')}/api/products`, { headers: { authorization } })
  if (!answer.ok) return undefined
  const catalogue = (await answer.json()) as { products?: readonly { sku: string }[] }
  const sku = catalogue.products?.[0]?.sku
  if (sku === undefined) return undefined
  const hasConsole = platform.services.some(({ name }) => name === CONSOLE)
  const token = hasConsole
    ? `curl -s '${display(platform.url(CONSOLE))}/dev/token?sub=${CUSTOMER}'`
    : `npm run -s ctl -- token --sub ${CUSTOMER} --data ${platform.dataDir}`
  return tryCommand({ orderService: platform.url('order-service'), sku, customerId: CUSTOMER, token })
}
