import { createOutboundCalls } from '@stocker/cqrs'
import type { ServiceParts, ServiceWiring } from '@stocker/service-kit'
import { isReporting, traceCalls } from '@stocker/service-kit'
import type { DeliveryConfig } from './config.ts'
import { COURIER_INTENTS, OUTSIDE, performCourierCall } from './courier-call.ts'
import { courierReporting } from './courier-reporting.ts'
import type { DeliveryAggregate } from './delivery.ts'
import { DeliveryService } from './delivery-service.ts'
import { simulatedCourier } from './simulated-courier.ts'
import { unreliable } from './unreliable-courier.ts'

/** What a call may take beyond the courier's own time before it is given up and repeated. */
const PATIENCE_MS = 10_000

/** A parcel must not wait long for a courier who is back. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 5_000 }

export interface CourierWorkParts
  extends Pick<ServiceParts, 'store' | 'bus' | 'logger' | 'metrics' | 'faults'>,
    Partial<Pick<ServiceParts, 'tracing' | 'stopping'>> {
  readonly delivery: DeliveryAggregate
  readonly config: Pick<DeliveryConfig, 'courier'>
  /** Where the simulated courier reports to. */
  readonly webhookUrl: () => string
}

export interface CourierWork extends Required<Pick<ServiceWiring, 'calls' | 'background'>> {
  readonly service: DeliveryService
}

/** The commands, and what moves parcels on beside them: the calls to the courier, and his reports. */
export const courierWork = ({
  delivery,
  store,
  bus,
  logger,
  metrics,
  tracing,
  faults,
  stopping,
  config,
  webhookUrl: url,
}: CourierWorkParts): CourierWork => {
  const { delayMs, failureRate, failureSeed: seed, concurrency } = config.courier
  const reporting = isReporting(config.courier)
    ? courierReporting({ config: config.courier, logger, metrics, url })
    : undefined
  const simulated = simulatedCourier({ delayMs, ...(stopping && { stopping }) })
  const courier = unreliable(reporting?.of(simulated) ?? simulated, { failureRate, seed }, reporting?.owe)
  const service = new DeliveryService({ delivery, commands: bus, store, courier })
  const perform = performCourierCall({ courier, delivery, callNow: (orderId) => service.courierCall(orderId) })
  const calls = createOutboundCalls({
    store,
    bus,
    name: OUTSIDE,
    intents: COURIER_INTENTS,
    perform: traceCalls(tracing, OUTSIDE, faults.call(OUTSIDE, perform)),
    concurrency,
    timeoutMs: delayMs + PATIENCE_MS,
    retry: RETRY,
    logger,
  })
  // Stopped the other way round: what a call has to report is stored while there is a database for it.
  return { service, calls: [calls], background: [...(reporting ? [reporting] : []), calls] }
}
