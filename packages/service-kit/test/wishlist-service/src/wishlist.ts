import { defineAggregate, reject } from '@stocker/cqrs'

type Wish = { readonly customerId: string; readonly sku: string }

export const wishlist = defineAggregate<
  { readonly skus: readonly string[] },
  { Add: Wish; Drop: Wish },
  { WishAddedEvent: Wish; WishDroppedEvent: Wish }
>({
  name: 'wishlist',
  initial: { skus: [] },
  decide: {
    Add: (wish, { skus }) => {
      if (skus.includes(wish.sku)) return []
      if (skus.length === 20) return reject('WISHLIST_FULL', `${wish.customerId} has 20 wishes already`)
      return [{ type: 'WishAddedEvent', data: wish }]
    },
    Drop: (wish, { skus }) => (skus.includes(wish.sku) ? [{ type: 'WishDroppedEvent', data: wish }] : []),
  },
  evolve: {
    WishAddedEvent: ({ skus }, { sku }) => ({ skus: [...skus, sku] }),
    WishDroppedEvent: ({ skus }, { sku }) => ({ skus: skus.filter((other) => other !== sku) }),
  },
})
