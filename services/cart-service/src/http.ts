import type { HttpApp } from '@stocker/service-kit'
import { cartRoutes } from './cart-routes.ts'
import type { CartService } from './cart-service.ts'
import { productRoutes } from './product-routes.ts'
import type { ProductService } from './product-service.ts'

/** The catalogue's routes and those of the carts. */
export const routes =
  (carts: CartService, products: ProductService) =>
  (app: HttpApp): void => {
    productRoutes(products, app)
    cartRoutes(carts, app)
  }
