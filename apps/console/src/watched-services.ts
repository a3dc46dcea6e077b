import { model as cart } from '@stocker/cart-service/model'
import type { ServiceContract } from '@stocker/contracts'
import type { AnyAggregate, AnySaga, InlineProjection, NewEvent } from '@stocker/cqrs'
import { model as delivery } from '@stocker/delivery-service/model'
import { model as dispatch } from '@stocker/dispatch-service/model'
import { model as order } from '@stocker/order-service/model'
import { model as payment } from '@stocker/payment-service/model'
import type { Pool } from 'pg'
import { watchedPool } from './watched-pool.ts'
import type { ServiceAddress, WatchedName } from './watched-settings.ts'

export interface OutboundIntents {
  readonly name: string
  /** By type of event; null: it asks for no call. */
  readonly intents: Readonly<Record<string, (event: NewEvent) => { readonly key: string } | null>>
}

/** What a service says of itself, without being started. */
export interface ServiceModel {
  /** Which events it acts on, and which it publishes. */
  readonly contract: ServiceContract
  /** As its application.properties have it; nobody's where it reads no topic. */
  readonly consumerGroup: string
  /** Whom it calls outside, and which of its events are the intent to: what those lead to later is the answer to that call. */
  readonly outboundCalls: readonly OutboundIntents[]
  readonly aggregates: readonly AnyAggregate[]
  readonly sagas: readonly AnySaga[]
  readonly projections: readonly InlineProjection[]
}

/** A service that the console watches: where it answers, where its event store is, and the pure rules that its events are read with. */
export interface WatchedService extends ServiceModel {
  readonly name: string
  /** Base URL of its HTTP API. */
  readonly url: string
  /** Its database, which the console only reads. */
  readonly pool: Pool
  /** Topics. */
  readonly reads: readonly string[]
  /** Topics. */
  readonly writes: readonly string[]
}

/** In the order in which people think of them: the way of an order. */
const MODELS: Readonly<Record<WatchedName, ServiceModel>> = {
  'cart-service': cart,
  'order-service': order,
  'payment-service': payment,
  'dispatch-service': dispatch,
  'delivery-service': delivery,
}

export interface WatchedServices {
  readonly services: readonly WatchedService[]
  /** Closes the connections to their databases. */
  close(): Promise<void>
}

/** The services of the platform at these addresses. Connects to nobody before somebody reads. */
export function watchedServices(addresses: Readonly<Record<WatchedName, ServiceAddress>>): WatchedServices {
  const services = (Object.keys(MODELS) as WatchedName[]).map((name): WatchedService => {
    const model = MODELS[name]
    const { reads, writes } = model.contract
    return {
      ...model,
      name,
      url: addresses[name].url,
      pool: watchedPool(addresses[name].databaseUrl),
      reads: Object.keys(reads),
      writes: Object.keys(writes),
    }
  })
  return {
    services,
    close: async () => {
      await Promise.all(services.map(({ pool }) => pool.end()))
    },
  }
}
