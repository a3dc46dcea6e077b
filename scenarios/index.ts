export { scenario as cartToDelivery } from './cart-to-delivery.ts'
export { scenario as happyPath } from './happy-path.ts'
