import type { ServiceContract } from '@stocker/contracts'

/** Start here: what this service reads, what it writes, its commands and its routes. */
export const contract = {
  service: 'cart-service',
  reads: {},
  writes: {
    'cart-events': [
      'CartCreatedEvent',
      'ItemAddedToCartEvent',
      'CartItemQuantityChangedEvent',
      'ItemRemovedFromCartEvent',
      'CartClearedEvent',
      'CartExpiredEvent',
      'CartCheckedOutEvent',
    ],
    'catalog-events': ['ProductListedEvent', 'ProductPriceChangedEvent', 'ProductDelistedEvent'],
  },
  commands: {
    cart: ['Create', 'AddItem', 'ChangeQuantity', 'RemoveItem', 'Clear', 'Checkout', 'FollowPrice', 'Expire'],
    product: ['ListProduct', 'PutProduct', 'ChangePrice', 'Delist'],
  },
  routes: [
    'GET /api/products',
    'GET /api/products/{sku}',
    'GET /api/products/{sku}/prices',
    'PUT /api/products/{sku}',
    'POST /api/products/{sku}/price',
    'DELETE /api/products/{sku}',
    'POST /api/carts',
    'GET /api/carts/{id}',
    'POST /api/carts/{id}/items',
    'PUT /api/carts/{id}/items/{sku}',
    'DELETE /api/carts/{id}/items/{sku}',
    'DELETE /api/carts/{id}/items',
    'POST /api/carts/{id}/checkout',
  ],
} as const satisfies ServiceContract
