import { describe, expect, test } from 'vitest'
import type { SilenceRequest } from '../src/index.ts'
import { silencing } from '../src/index.ts'
import { T0, useDesk } from './desk.ts'

const { openDatabase } = useDesk()
const NOW = new Date(T0)
const REQUEST: SilenceRequest = {
  matchers: [
    { label: 'alertname', operator: '=', value: 'Lagging' },
    { label: 'group', operator: '=~', value: 'a|b' },
  ],
  endsAt: new Date(T0 + 60_000),
  createdBy: 'ada',
  comment: 'load test',
}

describe('a silence', () => {
  test('holds for the alerts that all of its matchers fit, until its end', async () => {
    const { silences } = await openDatabase()
    const silence = await silences.create(REQUEST, NOW)
    const holds = (atMs: number, group: string) =>
      silencing([silence], atMs)({ alertname: 'Lagging', group }).map(({ id }) => id)

    expect(holds(T0, 'a')).toEqual([silence.id])
    expect(holds(T0, 'c')).toEqual([])
    expect(holds(T0 + 59_999, 'b')).toEqual([silence.id])
    expect(holds(T0 + 60_000, 'b')).toEqual([])
    expect(await silences.notOver(new Date(T0 + 59_999))).toEqual([silence])
    expect(await silences.notOver(new Date(T0 + 60_000))).toEqual([])
  })

  test('can be ended before its time, by name', async () => {
    const { silences } = await openDatabase()
    const { id } = await silences.create(REQUEST, NOW)
    const ended = await silences.expire(id, 'grace', new Date(T0 + 5_000))

    expect(ended).toMatchObject({ id, endsAt: new Date(T0 + 5_000), expiredBy: 'grace' })
    expect(await silences.expire(id, 'eve', new Date(T0 + 9_000))).toEqual(ended)
    for (const unknown of ['999', 'x', '99999999999999999999']) {
      await expect(silences.expire(unknown, 'ada', NOW)).rejects.toMatchObject({ code: 'SILENCE_NOT_FOUND' })
    }
    expect(await silences.newest(10)).toEqual([ended])
  })

  test.each<readonly [Partial<SilenceRequest>, string]>([
    [{ matchers: [] }, 'at least one matcher'],
    [{ matchers: [{ label: 'group', operator: '=~', value: '.*' }] }, 'would silence everything'],
    [{ matchers: [{ label: 'group', operator: '!=', value: 'a' }] }, 'would silence everything'],
    [{ matchers: [{ label: 'group', operator: '=~', value: '(' }] }, 'no regular expression'],
    [{ matchers: [{ label: 'a-b', operator: '=', value: 'x' }] }, 'no name of a label'],
    [{ endsAt: NOW }, 'end in the future'],
    [{ endsAt: new Date(Number.NaN) }, 'end in the future'],
    [{ comment: ' ' }, 'a name and a reason'],
  ])('that makes no sense is refused: %j', async (change, why) => {
    const { silences } = await openDatabase()

    await expect(silences.create({ ...REQUEST, ...change }, NOW)).rejects.toMatchObject({
      code: 'SILENCE_INVALID',
      message: expect.stringContaining(why),
    })
  })
})
