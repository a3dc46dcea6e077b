import type { CommandBus, EventStore } from '@stocker/cqrs'
import { createDeadlines, createOutboundCalls } from '@stocker/cqrs'
import type { BackgroundWork, Faults, Logger, Metrics, Tracing } from '@stocker/service-kit'
import { connectDatabase, observeOutboundCalls, traceCalls } from '@stocker/service-kit'
import type { PaymentConfig } from './config.ts'
import type { GatewayCall } from './gateway-calls.ts'
import { gatewayCalls, performGatewayCall } from './gateway-calls.ts'
import { refundRetryTimes } from './refund-retry.ts'
import { SimulatedGateway } from './simulated-gateway/simulated-gateway.ts'
import { unreliable } from './simulated-gateway/unreliable-gateway.ts'

/** An order must not wait long for a gateway that is back; 2,500 waiting calls still are only 500 attempts a second. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 5_000 }

/** What the calls are to, in metrics and as a fault switch. */
const OUTSIDE = 'payment-gateway'

export interface GatewayWorkParts {
  readonly store: EventStore
  readonly bus: CommandBus
  readonly logger: Logger
  readonly metrics: Metrics
  readonly tracing?: Tracing | undefined
  readonly faults: Faults
  readonly config: Pick<PaymentConfig, 'gateway' | 'refund'>
}

/** What moves payments on beside requests and events: the calls to the gateway, and the time at which a refund is asked for again. */
export const gatewayWork = ({
  store,
  bus,
  logger,
  metrics,
  tracing,
  faults,
  config,
}: GatewayWorkParts): readonly BackgroundWork[] => {
  const { databaseUrl, timeoutMs, concurrency, delayMs, failureRate, failureSeed } = config.gateway
  // Not in the health report: without the gateway payments are still taken, and made when it is back.
  const ledger = connectDatabase({
    url: databaseUrl,
    logger,
    poolSize: 2,
    applicationName: 'simulated-gateway',
    byKeyOnly: true,
  })
  const gateway = new SimulatedGateway(ledger)
  const perform = performGatewayCall({
    gateway: unreliable(gateway, { delayMs, failureRate, seed: failureSeed }),
    refundRetryAt: refundRetryTimes(config.refund),
  })
  const calls = createOutboundCalls<GatewayCall>({
    store,
    bus,
    name: OUTSIDE,
    intents: gatewayCalls,
    perform: traceCalls<GatewayCall>(tracing, OUTSIDE, faults.call(OUTSIDE, perform)),
    concurrency,
    timeoutMs,
    retry: RETRY,
    logger,
  })
  observeOutboundCalls(metrics, calls)
  return [
    createDeadlines({ store, logger }),
    {
      start: () => {
        // A ledger that is away is opened by the first call that finds it; the call's retries say what is missing.
        gateway.open().catch(() => {})
        return calls.start()
      },
      stop: async () => {
        await calls.stop()
        await ledger.close()
      },
    },
  ]
}
