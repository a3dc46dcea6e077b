import type { Properties } from '@stocker/properties'
import type { ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig } from '@stocker/service-kit'

export const readConfig = (properties: Properties): ServiceConfig =>
  readServiceConfig(properties, { name: 'wishlist-service' })
