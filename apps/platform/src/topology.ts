import { fileURLToPath } from 'node:url'

/**
 * The whole platform on one page: what runs, where it listens, which database it owns, and what it needs.
 *
 * To add a service: one entry in `services`. It is started as `node <directory>/src/main.ts` with
 * - `SERVER_PORT`, and `DATABASE_URL` or whatever `databases` names;
 * - `SPRING_KAFKA_BOOTSTRAP_SERVERS` when it needs `kafka`;
 * - `<NAME>_URL` (`ORDER_SERVICE_URL`) for each service that it needs,
 * and counts as up when its `/health/ready` answers 200.
 */
export const topology: Topology = {
  root: fileURLToPath(new URL('../../../', import.meta.url)),

  kafka: { port: 9092, heapMb: 384 },
  postgres: {
    port: 54320,
    // After a crash PostgreSQL syncs every file of the databases one by one, which takes seconds; one syncfs does the same.
    settings: process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {},
  },

  services: [
    { name: 'cart-service', port: 8081, databases: { DATABASE_URL: 'cart' }, needs: ['kafka', 'postgres'] },
    { name: 'order-service', port: 8082, databases: { DATABASE_URL: 'order' }, needs: ['kafka', 'postgres'] },
    {
      name: 'payment-service',
      port: 8083,
      // The simulated gateway is another company's system: it keeps its ledger where the payment service cannot reach by SQL.
      databases: { DATABASE_URL: 'payment', GATEWAY_DATABASE_URL: 'gateway' },
      needs: ['kafka', 'postgres'],
    },
    { name: 'dispatch-service', port: 8084, databases: { DATABASE_URL: 'dispatch' }, needs: ['kafka', 'postgres'] },
    {
      name: 'delivery-service',
      port: 8085,
      // Likewise the simulated courier, with what he has to report.
      databases: { DATABASE_URL: 'delivery', COURIER_DATABASE_URL: 'courier' },
      needs: ['kafka', 'postgres'],
    },
    {
      name: 'console',
      directory: 'apps/console',
      port: 8080,
      // It reads the stores of all services: what they did for an order is shown from what they wrote.
      databases: {
        DATABASE_URL: 'console',
        CART_SERVICE_DATABASE_URL: 'cart',
        ORDER_SERVICE_DATABASE_URL: 'order',
        PAYMENT_SERVICE_DATABASE_URL: 'payment',
        DISPATCH_SERVICE_DATABASE_URL: 'dispatch',
        DELIVERY_SERVICE_DATABASE_URL: 'delivery',
      },
      needs: [
        ...['kafka', 'postgres'],
        ...['cart-service', 'order-service', 'payment-service', 'dispatch-service', 'delivery-service'],
      ],
      // What takes hours in a shop that is open all year takes minutes here, so that it can be seen.
      environment: { ALERTS_RULES_FILE: fileURLToPath(new URL('../../../ops/alerts.local.prom.yml', import.meta.url)) },
    },
  ],

  httpPortBase: 8080,
  quietTopics: ['catalog-events'],
}

export interface Topology {
  /** Directory that the services' directories are relative to. */
  readonly root: string
  readonly kafka: { readonly port: number; readonly heapMb?: number; readonly properties?: Record<string, string> }
  readonly postgres: { readonly port: number; readonly settings?: Record<string, string> }
  readonly services: readonly ServiceDefinition[]
  /** `--port-base n` moves every service's port by `n - httpPortBase`. */
  readonly httpPortBase: number
  /** Topics whose events are no step of an order and are not shown in the terminal. */
  readonly quietTopics: readonly string[]
}

export interface ServiceDefinition {
  readonly name: string
  /** Default: `services/<name>`. */
  readonly directory?: string
  /** Entry below the directory. Default `src/main.ts`. */
  readonly main?: string
  readonly port: number
  /** Environment variable → name of the database whose URL it gets. The databases are created when they are missing. */
  readonly databases: Readonly<Record<string, string>>
  /** `kafka`, `postgres` or other services. Says what the environment names; nobody waits: a service keeps trying. */
  readonly needs: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}
