import type { Properties } from '@stocker/properties'
import { readProperties, text } from '@stocker/properties'
import { readServiceConfig } from '../../../src/index.ts'

export const readConfig = (properties: Properties) => ({
  ...readServiceConfig(properties, { name: 'counter-service' }),
  topics: readProperties(properties, {
    requests: text('counter.requests-topic'),
    events: text('counter.events-topic'),
  }),
})

export type CounterConfig = ReturnType<typeof readConfig>
