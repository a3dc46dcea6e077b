import { createDeadlines, createOutboundCalls } from '@stocker/cqrs'
import type { ServiceParts, ServiceWiring } from '@stocker/service-kit'
import { connectDatabase, isReporting, traceCalls, WebhookSender } from '@stocker/service-kit'
import type { PaymentConfig } from './config.ts'
import type { GatewayCall } from './gateway-calls.ts'
import { gatewayCalls, OUTSIDE, performGatewayCall } from './gateway-calls.ts'
import type { TakeReport } from './gateway-report.ts'
import { gatewayReports } from './gateway-report.ts'
import { refundRetryTimes } from './refund-retry.ts'
import { SimulatedGateway } from './simulated-gateway/simulated-gateway.ts'
import { unreliable } from './simulated-gateway/unreliable-gateway.ts'

/** An order must not wait long for a gateway that is back; 2,500 waiting calls still are only 500 attempts a second. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 5_000 }

export interface GatewayWorkParts
  extends Pick<ServiceParts, 'store' | 'bus' | 'logger' | 'metrics' | 'faults'>,
    Partial<Pick<ServiceParts, 'tracing'>> {
  readonly config: Pick<PaymentConfig, 'gateway' | 'refund'>
  /** Where the simulated gateway reports to. */
  readonly webhookUrl: () => string
}

export interface GatewayWork extends Required<Pick<ServiceWiring, 'calls' | 'background'>> {
  readonly report: TakeReport
}

/** What moves payments on beside requests and events: the calls to the gateway, its reports, and the time at which a refund is asked for again. */
export const gatewayWork = ({
  store,
  bus,
  logger,
  metrics,
  tracing,
  faults,
  config,
  webhookUrl,
}: GatewayWorkParts): GatewayWork => {
  const { databaseUrl, timeoutMs, concurrency, delayMs, failureRate, failureSeed } = config.gateway
  // Not in the health report: without the gateway payments are still taken, and made when it is back.
  const ledger = connectDatabase({
    url: databaseUrl,
    logger,
    poolSize: 2,
    applicationName: 'simulated-gateway',
    byKeyOnly: true,
  })
  const { webhookSecrets: secrets, webhookDelayMs, reported } = config.gateway
  const sender = isReporting(config.gateway)
    ? new WebhookSender({ pool: ledger.pool, logger, metrics, name: 'simulated-gateway', url: webhookUrl, secrets })
    : undefined
  const gateway = new SimulatedGateway(
    ledger,
    sender && { reported, delayMs: webhookDelayMs, onOwed: () => sender.wake() },
  )
  const refundRetryAt = refundRetryTimes(config.refund)
  const perform = performGatewayCall({
    gateway: unreliable(gateway, { delayMs, failureRate, seed: failureSeed }, (answered) =>
      gateway.answerLost(answered),
    ),
    refundRetryAt,
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
  return {
    calls: [calls],
    report: gatewayReports({ bus, calls, refundRetryAt }),
    background: [
      createDeadlines({ store, logger }),
      {
        start: () => {
          // A ledger that is away is opened by the first call that finds it; the call's retries say what is missing.
          gateway
            .open()
            .catch(() => {})
            .finally(() => sender?.start())
          return calls.start()
        },
        stop: async () => {
          await calls.stop()
          await sender?.stop()
          await ledger.close()
        },
      },
    ],
  }
}
