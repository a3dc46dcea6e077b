import type { Properties } from '@stocker/properties'
import type { ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig } from '@stocker/service-kit'
import { contract } from './contract.ts'

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): ServiceConfig =>
  readServiceConfig(properties, { name: contract.service })
