import { Type } from 'typebox'
import { Money, ProductName, Sku } from './schemas.ts'
import { defineTopic } from './topic.ts'

export const catalogEvents = defineTopic({
  name: 'catalog-events',
  owner: 'cart-service',
  key: 'sku',
  description: 'The products and their prices; compacted, so that a new reader gets the whole catalogue',
  // A catalogue is small and is read as a whole: more partitions would only cost.
  partitions: 1,
  configs: { 'cleanup.policy': 'compact' },
  defaultType: 'ProductListedEvent',
  readers: ['order-service'],
  events: {
    ProductListedEvent: {
      version: 1,
      // Compaction keeps only the last record of a sku, and a price alone does not tell the name.
      description: 'The product as it is now on sale; written again after each change of its name or price',
      data: Type.Object({ sku: Sku, name: ProductName, price: Money }),
    },
    ProductPriceChangedEvent: {
      version: 1,
      description: 'From now on the product costs this',
      data: Type.Object({ sku: Sku, price: Money }),
    },
    ProductDelistedEvent: {
      version: 1,
      // No tombstone: compaction would drop it after a while, and a reader that was away would keep the product.
      description: 'The product is no longer on sale; a ProductListedEvent may bring it back',
      data: Type.Object({ sku: Sku }),
    },
  },
})
