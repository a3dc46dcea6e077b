import type { Scenario } from '@stocker/platform'
import { scenario as cartToDelivery } from './cart-to-delivery.ts'
import { scenario as happyPath } from './happy-path.ts'

/** Every business story: `npm run demo -- <name>` plays it, and `scenarios.test.ts` expects it to end well. */
export const scenarios: readonly Scenario[] = [happyPath, cartToDelivery]
