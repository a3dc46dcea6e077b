import { readFile } from 'node:fs/promises'
import type { DispatchService } from './dispatch-service.ts'

const SEED = new URL('../seed/stock.json', import.meta.url)

/** Books the opening stock of what has none yet. */
export const seedStock = async (service: DispatchService): Promise<void> => {
  const opening = JSON.parse(await readFile(SEED, 'utf8')) as Record<string, number>
  await Promise.all(Object.entries(opening).map(([sku, quantity]) => service.openStock(sku, quantity)))
}
