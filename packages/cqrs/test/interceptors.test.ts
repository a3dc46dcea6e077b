import { describe, expect, expectTypeOf, test } from 'vitest'
import type { CommandMeta, DispatchInterceptor, HandlerInterceptor } from '../src/index.ts'
import { createCommandBus, createInbox, reject, streamName } from '../src/index.ts'
import { account } from './bank.ts'
import { message, newId, testKernel } from './kernel.ts'

const kernel = await testKernel()

const OPEN = { type: 'Open', data: { owner: 'Ann' } } as const
const deposit = (amount: number) => ({ type: 'Deposit', data: { amount } }) as const
const meta: CommandMeta = { correlationId: 'c' }

const memberOnly: DispatchInterceptor<'FORBIDDEN'> = ({ meta, command }) =>
  meta.attributes?.user === undefined ? reject('FORBIDDEN', `nobody may ${command.type}`) : meta

describe('a dispatch interceptor', () => {
  test('changes the metadata of a command, one after the other', async () => {
    const seen: (string | undefined)[] = []
    const store = kernel.store()
    const bus = createCommandBus({
      store,
      dispatch: [
        ({ meta }) => ({ ...meta, correlationId: 'case 7' }),
        ({ meta, aggregate, id, command }) => {
          seen.push(meta.correlationId, aggregate.name, id, command.type)
          return { ...meta, causationId: 'click' }
        },
      ],
    })
    const id = newId()
    await bus.execute(account, id, OPEN, meta)
    expect(seen).toEqual(['case 7', 'account', id, 'Open'])
    const [event] = await store.readStream(streamName(account, id))
    expect(event?.metadata).toEqual({ correlationId: 'case 7', causationId: 'click' })
  })

  test('rejects a command before anything is done about it', async () => {
    const store = kernel.store()
    const later: string[] = []
    const record: DispatchInterceptor = ({ meta, command }) => {
      later.push(command.type)
      return meta
    }
    const bus = createCommandBus({ store, dispatch: [memberOnly, record] })
    const id = newId()
    const result = await bus.execute(account, id, OPEN, meta)
    expect(result).toEqual({ status: 'rejected', rejection: { rejected: 'FORBIDDEN', message: 'nobody may Open' } })
    expect(later).toEqual([])
    expect((await store.load(account, id)).version).toBe(0)
    expect(await bus.execute(account, id, OPEN, { ...meta, attributes: { user: 'Ann' } })).toMatchObject({ version: 1 })
    if (result.status === 'rejected') expectTypeOf<'FORBIDDEN'>().toExtend<typeof result.rejection.rejected>()
  })

  test('that throws fails its command with what it threw, and no other', async () => {
    const bus = createCommandBus({
      store: kernel.store(),
      dispatch: [
        ({ meta }) => {
          if (meta.correlationId === 'bad') throw new TypeError('no such case')
          return meta
        },
      ],
    })
    const [bad, good] = await Promise.allSettled([
      bus.execute(account, newId(), OPEN, { correlationId: 'bad' }),
      bus.execute(account, newId(), OPEN, meta),
    ])
    expect(bad).toMatchObject({ reason: { name: 'TypeError', message: 'no such case' } })
    expect(good).toMatchObject({ value: { status: 'accepted' } })
  })
})

describe('a handler interceptor', () => {
  const ownerOnly: HandlerInterceptor<'NOT_YOURS'> = ({ meta, id, command }, unit, proceed) => {
    const { open } = unit.state(account, id)
    return open && meta.attributes?.user !== 'Ann' ? reject('NOT_YOURS', `${command.type} is for the owner`) : proceed()
  }

  test('sees the state that the command will meet, also one that must be loaded, and rejects', async () => {
    const id = newId()
    await createCommandBus({ store: kernel.store() }).execute(account, id, OPEN, meta)
    const bus = createCommandBus({ store: kernel.store(), handle: [ownerOnly] })
    expect(await bus.execute(account, id, deposit(5), meta)).toMatchObject({ rejection: { rejected: 'NOT_YOURS' } })
    expect(await bus.execute(account, id, deposit(5), { ...meta, attributes: { user: 'Ann' } })).toMatchObject({
      version: 2,
    })
  })

  test('adds further commands of the same transaction; the first one is outermost', async () => {
    const order: string[] = []
    const bank = newId()
    const noted =
      (name: string): HandlerInterceptor =>
      (_, __, proceed) => {
        order.push(`${name} before`)
        const outcome = proceed()
        order.push(`${name} after`)
        return outcome
      }
    const fee: HandlerInterceptor = (_, unit, proceed) => {
      const outcome = proceed()
      if (outcome.rejection === undefined) unit.execute(account, bank, deposit(1))
      return outcome
    }
    const store = kernel.store()
    await createCommandBus({ store }).execute(account, bank, OPEN, meta)
    const bus = createCommandBus({ store, handle: [noted('outer'), noted('inner'), fee] })
    const id = newId()
    await store.load(account, id)
    order.length = 0
    expect(await bus.execute(account, id, OPEN, meta)).toMatchObject({ status: 'accepted', version: 1 })
    expect(order.slice(-4)).toEqual(['outer before', 'inner before', 'inner after', 'outer after'])
    const [opened] = await store.readStream(streamName(account, id))
    const [, charged] = await store.readStream(streamName(account, bank))
    expect(charged).toMatchObject({ tx: opened?.tx, metadata: opened?.metadata })
  })

  test('that rejects leaves nothing of what was done in the unit, and nothing of the command’s neighbours is lost', async () => {
    const store = kernel.store()
    await kernel.pool.query('create table audit (id text)')
    const bus = createCommandBus({
      store,
      handle: [
        ({ meta, id }, unit, proceed) => {
          unit.write({ text: 'insert into audit values ($1)', values: [id] })
          const outcome = proceed()
          return meta.attributes?.limit === 0 ? reject('LIMIT', 'not today') : outcome
        },
      ],
    })
    const [id, other] = [newId(), newId()]
    const limited = { ...meta, attributes: { limit: 0 } }
    const results = await Promise.all([
      bus.execute(account, id, OPEN, meta),
      bus.execute(account, id, deposit(5), limited),
      bus.execute(account, other, OPEN, limited),
      bus.execute(account, id, deposit(7), meta),
    ])
    expect(
      results.map((result) => (result.status === 'accepted' ? result.version : result.rejection.rejected)),
    ).toEqual([1, 'LIMIT', 'LIMIT', 2])
    expect((await store.readStream(streamName(account, id))).map(({ data }) => data)).toEqual([
      { owner: 'Ann' },
      { amount: 7 },
    ])
    expect((await store.load(account, other)).version).toBe(0)
    expect(await kernel.rows('select id from audit')).toEqual([{ id }, { id }])
  })

  test('that throws fails its command only', async () => {
    const bus = createCommandBus({
      store: kernel.store(),
      handle: [
        ({ command }, _unit, proceed) => {
          if (command.type === 'Deposit') throw new Error('boom')
          return proceed()
        },
      ],
    })
    const id = newId()
    const [opened, deposited] = await Promise.allSettled([
      bus.execute(account, id, OPEN, meta),
      bus.execute(account, id, deposit(1), meta),
    ])
    expect(opened).toMatchObject({ value: { status: 'accepted' } })
    expect(deposited).toMatchObject({ reason: { code: 'HANDLER_FAILED', message: expect.stringContaining('boom') } })
  })
})

describe('the cause of an event', () => {
  test('is its command, by the id that the sender gave it or by a new one', async () => {
    const store = kernel.store()
    const bus = createCommandBus({ store })
    const id = newId()
    await bus.execute(account, id, OPEN, { ...meta, id: 'request 1' })
    await bus.execute(account, id, deposit(1), meta)
    const causes = (await store.readStream(streamName(account, id))).map(({ metadata }) => metadata.causationId)
    expect(causes).toEqual(['request 1', expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)])
  })

  test('is the message that caused the command, where there is one', async () => {
    const store = kernel.store()
    const id = newId()
    const inbox = createInbox({
      store,
      consumer: 'causes',
      handlers: { Came: (_, unit) => unit.execute(account, id, OPEN) },
    })
    const came = message('Came', id)
    await inbox.handle([came])
    await createCommandBus({ store }).execute(account, id, deposit(1), {
      ...meta,
      id: 'request 2',
      causationId: came.id,
    })
    const causes = (await store.readStream(streamName(account, id))).map(({ metadata }) => metadata.causationId)
    expect(causes).toEqual([came.id, came.id])
  })
})
