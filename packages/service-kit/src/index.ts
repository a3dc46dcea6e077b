export type { AnyTables, Database, DatabaseOptions, DatabaseTimeouts } from './database/connect-database.ts'
export { connectDatabase, DATABASE_TIMEOUTS } from './database/connect-database.ts'
export { inTransaction } from './database/in-transaction.ts'
export type { Migration } from './database/migrate.ts'
export { migrateOnce } from './database/migrate-once.ts'
export type { ServiceKitErrorCode } from './errors.ts'
export { SERVICE_KIT_ERRORS, ServiceKitError } from './errors.ts'
export type { BadDayOptions } from './faults/bad-day.ts'
export { badDay } from './faults/bad-day.ts'
export { FaultView } from './faults/fault-routes.ts'
export type { FaultEffect, FaultSetting, FaultSwitch, Faults } from './faults/fault-switches.ts'
export { FAULT_EFFECTS, FaultSwitches, NO_FAULTS } from './faults/fault-switches.ts'
export type { ComponentHealth, HealthCheck, HealthOptions, HealthRegistry, HealthReport } from './health.ts'
export { createHealth } from './health.ts'
export type { ConsistentReader } from './http/consistency.ts'
export {
  awaitConsistency,
  CONSISTENCY_TOKEN_HEADER,
  ConsistencyHeaders,
  ConsistencyQuery,
} from './http/consistency.ts'
export type { HttpApp, HttpAppOptions, HttpLimits } from './http/create-http-app.ts'
export { createHttpApp, HTTP_LIMITS } from './http/create-http-app.ts'
export { entityTagOf, expectedVersionOf } from './http/entity-tag.ts'
export type { Idempotency } from './http/idempotency.ts'
export { idempotencyOf } from './http/idempotency.ts'
export { rawBodyOf } from './http/json-body.ts'
export { localUrl } from './http/local-url.ts'
export type { FieldError, ProblemDocument, ProblemExtension, Problems, RejectionLike } from './http/problem.ts'
export { defineProblems, ProblemError, problem } from './http/problem.ts'
export type { ProblemCode, ProblemDefinition } from './http/problem-codes.ts'
export { PROBLEM_CODES, REJECTION_PROBLEMS } from './http/problem-codes.ts'
export { traceOf } from './http/request-identity.ts'
export type { EventSource, SendEventsOptions } from './http/server-sent-events.ts'
export { eventStreamOf, sendEvents } from './http/server-sent-events.ts'
export type { BackOff, KeepTryingOptions } from './keep-trying.ts'
export { keepTrying } from './keep-trying.ts'
export type { Logger, LoggerOptions, LogLevel } from './logging/create-logger.ts'
export { createLogger } from './logging/create-logger.ts'
export type { DecodeRecord, Undecodable } from './messaging/decoded-batch.ts'
export type { EventListener, EventListenerOptions, EventRetryOptions } from './messaging/event-listener.ts'
export { createEventListener, EVENT_RETRY } from './messaging/event-listener.ts'
export type { EncodeEvent, EventPublisherOptions, MapEvent, SerializeValue } from './messaging/event-publisher.ts'
export { createEventPublisher } from './messaging/event-publisher.ts'
export { ListenerView } from './messaging/listener-routes.ts'
export { quarantineMigrations } from './messaging/quarantine.ts'
export type { EventCounter } from './metrics/count-events.ts'
export { countEvents } from './metrics/count-events.ts'
export type {
  ConsumerMetrics,
  Count,
  GaugeReading,
  Metrics,
  MetricsOptions,
  ProducerMetrics,
} from './metrics/create-metrics.ts'
export { createMetrics } from './metrics/create-metrics.ts'
export type { MetricDefinition, MetricName } from './metrics/metric-catalogue.ts'
export { METRIC_CATALOGUE } from './metrics/metric-catalogue.ts'
export { observeOutboundCalls } from './metrics/observe-outbound-calls.ts'
export { observeProcessor } from './metrics/observe-processor.ts'
export { sharedReading } from './metrics/shared-reading.ts'
export { bearerToken } from './security/bearer.ts'
export type { GateOptions } from './security/gate.ts'
export { onlyCustomerOf, refuseOtherCustomers } from './security/gate.ts'
export { hidesPersonal, withoutPersonal } from './security/personal-values.ts'
export type { Principal } from './security/principal.ts'
export type { RateLimit } from './security/rate-limit.ts'
export { RATE_LIMIT } from './security/rate-limit.ts'
export type { RouteAccess } from './security/route-access.ts'
export { CUSTOMER_ROLE, ROUTE_ACCESS, STAFF_ROLES } from './security/route-access.ts'
export type { JwsAlgorithm, TokenRules } from './security/security-config.ts'
export { JWS_ALGORITHMS, readTokenRules, SECURITY_SETTINGS } from './security/security-config.ts'
export type { TokenVerifier, TokenVerifierOptions } from './security/token-verifier.ts'
export { createTokenVerifier } from './security/token-verifier.ts'
export type { BackgroundWork, ServiceDefinition, ServiceParts, ServiceWiring } from './service/create-service.ts'
export { createService } from './service/create-service.ts'
export type { Service } from './service/lifecycle.ts'
export type { ServiceConfig } from './service/service-config.ts'
export { readServiceConfig, SERVICE_SETTINGS } from './service/service-config.ts'
export { traceCalls } from './tracing/trace-calls.ts'
export type { SpanEnd, SpanStart, TracedSpan, Tracing } from './tracing/tracing.ts'
export type { TracingConfig } from './tracing/tracing-config.ts'
export { readTracingConfig, TRACING_SETTINGS } from './tracing/tracing-config.ts'
export { isUnavailable } from './unavailable.ts'
export type { WebhookReceiver } from './webhooks/signed-webhook.ts'
export {
  SIGNED_BY_STANDARD_WEBHOOKS,
  signedWebhook,
  webhookIdempotency,
  webhookIdOf,
} from './webhooks/signed-webhook.ts'
export type { OutgoingWebhook } from './webhooks/webhook-outbox.ts'
export { addWebhooks, webhookIdFor, webhookMigrations } from './webhooks/webhook-outbox.ts'
export type { WebhookSenderOptions } from './webhooks/webhook-sender.ts'
export { WEBHOOK_SENDER_DEFAULTS, WebhookSender } from './webhooks/webhook-sender.ts'
export type { Reported, ReportingConfig } from './webhooks/webhook-settings.ts'
export {
  isReporting,
  REPORTED,
  reportingSettings,
  webhookSecretsOf,
} from './webhooks/webhook-settings.ts'
export type { SignedRequest, WebhookMessage, WebhookRules } from './webhooks/webhook-signature.ts'
export {
  verifyWebhook,
  WEBHOOK_ID_HEADER,
  WEBHOOK_SECRET,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TIMESTAMP_HEADER,
  webhookSignature,
} from './webhooks/webhook-signature.ts'
export type { WebhookTarget } from './webhooks/webhook-target.ts'
export { webhookTarget } from './webhooks/webhook-target.ts'
