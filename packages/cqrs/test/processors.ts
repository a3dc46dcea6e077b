import { onTestFinished } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type {
  EventStore,
  SqlStatement,
  StoredEvent,
  TrackingProcessor,
  TrackingProcessorOptions,
} from '../src/index.ts'
import { createTrackingProcessor } from '../src/index.ts'
import { account } from './bank.ts'
import type { TestKernel } from './kernel.ts'

/** A read model that would show an event that had its effect twice, or never. */
export const SEEN = `
  create table seen (processor text, stream text, version int, times int not null default 1, primary key (processor, stream, version))`

export const seeing = (processor: string, events: readonly StoredEvent[]): SqlStatement => ({
  text: `
    insert into seen (processor, stream, version) select $1, * from unnest($2::text[], $3::int[])
    on conflict (processor, stream, version) do update set times = seen.times + 1`,
  values: [processor, events.map(({ stream }) => stream), events.map(({ version }) => version)],
})

/** An instance of a processor that fills `seen`, and looks often, so that nothing depends on luck with notifications. */
export function track(
  store: EventStore,
  name: string,
  options: Partial<TrackingProcessorOptions> = {},
): TrackingProcessor {
  const processor = createTrackingProcessor({
    store,
    name,
    handle: (events) => [seeing(name, events)],
    onReset: () => [{ text: 'delete from seen where processor = $1', values: [name] }],
    pollIntervalMs: 50,
    claimIntervalMs: 100,
    // An instance that a busy machine has held up for a while has not fallen silent.
    leaseMs: 30_000,
    retry: { initialDelayMs: 50, maxDelayMs: 100 },
    ...options,
  })
  onTestFinished(() => processor.stop())
  processor.start()
  return processor
}

/** One that begins with what is committed from now on. Answers when it follows. */
export async function trackFromNow(
  kernel: TestKernel,
  store: EventStore,
  name: string,
  options: Partial<TrackingProcessorOptions> = {},
): Promise<TrackingProcessor> {
  // While a transaction is open that is older than an event, wherever in the server, the event counts as one that is still to come.
  await waitFor(
    async () => {
      const [row] = await kernel.rows<{ settled: boolean }>(
        'select not exists (select from events where tx >= pg_snapshot_xmin(pg_current_snapshot())) as settled',
      )
      return row?.settled === true
    },
    { what: 'the end of older transactions' },
  )
  const processor = track(store, name, { ...options, initialPosition: 'end' })
  await waitFor(() => processor.state === 'following', { what: 'its segments' })
  return processor
}

/** Opens an account and deposits into it, one transaction each time. */
export async function openAndDeposit(store: EventStore, id: string, deposits: number): Promise<void> {
  const context = { correlationId: id }
  await store.transact((unit) => unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } }), context)
  await deposit(store, id, deposits)
}

export async function deposit(store: EventStore, id: string, deposits: number): Promise<void> {
  for (let n = 0; n < deposits; n += 1) {
    await store.transact((unit) => unit.execute(account, id, { type: 'Deposit', data: { amount: 1 } }), {
      correlationId: id,
    })
  }
}

/** Waits until every segment has handled everything that is committed. */
export const caughtUp = (processor: TrackingProcessor) =>
  waitFor(
    async () => {
      const { segments } = await processor.status()
      return segments.length > 0 && segments.every(({ eventsBehind }) => eventsBehind === 0)
    },
    { what: 'no event behind' },
  )

/** Reads of `seen`. */
export function seenBy(kernel: TestKernel, processor: string) {
  const rows = () =>
    kernel.rows<{ stream: string; version: number; times: number }>(
      'select stream, version, times from seen where processor = $1 order by stream, version',
      [processor],
    )
  return {
    rows,
    versionsOf: async (id: string) =>
      (await rows()).filter(({ stream }) => stream === `account-${id}`).map(({ version }) => version),
    /** Waits for all events of the store that `where` finds, and answers those whose effect is not exactly one. */
    async differences(where = 'true'): Promise<object[]> {
      const differing = () =>
        kernel.rows(
          `select stream, version, times
           from events left join (select * from seen where processor = $1) seen using (stream, version)
           where ${where} and times is distinct from 1`,
          [processor],
        )
      await waitFor(async () => (await differing()).every((row) => (row as { times: number | null }).times !== null), {
        what: 'every event to be handled',
      })
      return differing()
    },
  }
}
