import type { Scenario } from '@stocker/platform'
import { scenario as cancelAtEachStage } from './cancel-at-each-stage.ts'
import { scenario as cartToDelivery } from './cart-to-delivery.ts'
import { scenario as declinedCard } from './declined-card.ts'
import { scenario as dependencyOutage } from './dependency-outage.ts'
import { scenario as failedDeliveryReturn } from './failed-delivery-return.ts'
import { scenario as flashSale } from './flash-sale.ts'
import { scenario as happyPath } from './happy-path.ts'
import { scenario as lostParcel } from './lost-parcel.ts'
import { scenario as outOfStock } from './out-of-stock.ts'
import { scenario as paymentTimeout } from './payment-timeout.ts'
import { scenario as poisonMessage } from './poison-message.ts'
import { scenario as priceChanged } from './price-changed.ts'

/** Every business story: `npm run demo -- <name>` plays it, and `scenarios.test.ts` expects it to end well. */
export const scenarios: readonly Scenario[] = [
  happyPath,
  cartToDelivery,
  declinedCard,
  outOfStock,
  paymentTimeout,
  cancelAtEachStage,
  failedDeliveryReturn,
  lostParcel,
  priceChanged,
  flashSale,
  poisonMessage,
  dependencyOutage,
]
