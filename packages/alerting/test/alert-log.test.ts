import { describe, expect, test } from 'vitest'
import { createRuleEngine, createSampleStore, formerAlert } from '../src/index.ts'
import { firing, T0, useDesk } from './desk.ts'

const { openDatabase } = useDesk()

describe('what fires', () => {
  test('is one episode from its beginning to its end, however often it is told', async () => {
    const { log } = await openDatabase()
    const a = firing('Lagging', { group: 'a' }, T0)
    const b = firing('Lagging', { group: 'b' }, T0 + 5_000)

    await log.sync([a], T0)
    await log.sync([a, b], T0 + 5_000)
    expect((await log.sync([b], T0 + 60_000)).map(({ labels }) => labels.group)).toEqual(['b'])
    await log.sync([a], T0 + 90_000)

    expect(
      (await log.history({ limit: 10 })).map(({ labels, firedAt, resolvedAt }) => [
        labels.group,
        firedAt.getTime() - T0,
        resolvedAt && resolvedAt.getTime() - T0,
      ]),
    ).toEqual(
      [
        ['b', 5_000, 90_000],
        ['a', 0, 60_000],
        ['a', 0, null],
      ].sort((x, y) => Number(y[1]) - Number(x[1]) || (x[2] === null ? -1 : 1)),
    )
  })

  test('is acknowledged by name, until it is over', async () => {
    const { log } = await openDatabase()
    const alert = firing('Lagging', { group: 'a' }, T0)
    await log.sync([alert], T0)

    await log.acknowledge(alert.fingerprint, 'ada', 'restarting it', new Date(T0 + 1_000))

    expect(await log.open()).toMatchObject([
      { acknowledgement: { by: 'ada', note: 'restarting it', at: new Date(T0 + 1_000) } },
    ])
    await log.sync([], T0 + 2_000)
    await expect(log.acknowledge(alert.fingerprint, 'ada', '', new Date(T0))).rejects.toMatchObject({
      code: 'ALERT_NOT_FOUND',
    })
    await log.sync([{ ...alert, firedAtMs: T0 + 3_000 }], T0 + 3_000)
    expect(await log.open()).toMatchObject([{ acknowledgement: null }])
  })

  test('goes on after a restart', async () => {
    const { log } = await openDatabase()
    const alert = firing('Lagging', { group: 'a' }, T0)
    await log.sync([alert], T0)

    const engine = createRuleEngine({ rules: [alert.rule], store: createSampleStore({ retention: () => 1 }) })
    engine.takeOver((await log.open()).map(formerAlert), T0 + 10_000)
    engine.evaluate(T0 + 15_000)

    expect(engine.alerts()).toMatchObject([{ state: 'firing', firedAtMs: T0, fingerprint: alert.fingerprint }])
    const [open] = await log.sync(engine.alerts(), T0 + 15_000)
    expect(open?.firedAt).toEqual(new Date(T0))
  })

  test('is written down once when two processes tell it at the same time', async () => {
    const { log } = await openDatabase()
    const alert = firing('Lagging', { group: 'a' }, T0)

    await Promise.all(Array.from({ length: 4 }, () => log.sync([alert], T0)))

    expect(await log.history({ limit: 10 })).toHaveLength(1)
  })

  test('is looked up page by page and by name, and forgotten in the end', async () => {
    const { log } = await openDatabase()
    await log.sync([firing('Lagging', { group: 'a' }, T0), firing('Broken', { group: 'a' }, T0 + 1_000)], T0 + 1_000)
    await log.sync([firing('Broken', { group: 'a' }, T0 + 1_000)], T0 + 9_000)

    const names = async (page: Parameters<typeof log.history>[0]) =>
      (await log.history(page)).map(({ labels }) => labels.alertname)
    expect(await names({ limit: 1 })).toEqual(['Broken'])
    expect(await names({ limit: 1, before: new Date(T0 + 1_000) })).toEqual(['Lagging'])
    expect(await names({ limit: 9, alertname: 'Lagging' })).toEqual(['Lagging'])
    await log.forget(new Date(T0 + 10_000))
    expect(await names({ limit: 9 })).toEqual(['Broken'])
  })
})
