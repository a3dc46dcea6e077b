import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import type { FailingShop } from './failing-shop.ts'
import { openFailingShop } from './failing-shop.ts'

const open: FailingShop[] = []
afterEach(async () => {
  for (const shop of open.splice(0)) await shop[Symbol.asyncDispose]()
})

async function openShop() {
  const shop = await openFailingShop()
  open.push(shop)
  const { console: opened } = shop
  const post = async (role: 'support' | 'operator', path: string, fields: Readonly<Record<string, string>>) => {
    const { status, headers } = await opened.ask(role, path, { method: 'POST', body: new URLSearchParams(fields) })
    return [status, headers.get('location')]
  }
  const letter = async (id: string) => (await opened.ask('operator', `/ops/api/dead-letters/${id}`)).json()
  const states = (ids: readonly string[]) => Promise.all(ids.map(async (id) => (await letter(id)).state))
  const metrics = async () => {
    const text = await (await fetch(`${opened.url}/metrics`)).text()
    return text.split('\n').filter((line) => line.startsWith('dead_letter') && line.includes(shop.consumerGroup))
  }
  return { ...shop, post, letter, states, metrics }
}

describe('the forms of the dead letters, without a script', () => {
  it('redrive a cause, and lead to how far it is', async () => {
    const { deadLetters, mend, post, letter, handled, states } = await openShop()
    const ids = await deadLetters(['mug-1', 'pen-2'])
    const { fingerprint } = await letter(ids[0] as string)
    mend()

    const [status, location] = await post('operator', '/dead-letters/redrive', {
      fingerprint,
      reason: 'prices are there',
      ramp: 'all',
      rate: '50',
      stopOnFailure: 'yes',
    })

    expect([status, location]).toEqual([303, expect.stringMatching(/^\/dead-letters\/redrives\/\d+$/)])
    await waitFor(async () => (await states(ids)).every((state) => state === 'REDRIVEN'), { what: 'both handled' })
    expect(handled).toEqual(['mug-1', 'pen-2'])
    expect(await post('operator', '/dead-letters/redrive', { fingerprint, reason: 'once more' })).toEqual([409, null])
  })

  it('park, release and discard one or all of a cause, with a reason', async () => {
    const { deadLetters, post, letter, states } = await openShop()
    const ids = await deadLetters(['mug-1', 'pen-2'])
    const [first = ''] = ids
    const { fingerprint } = await letter(first)

    expect(await post('operator', '/dead-letters/park', { ids: first, reason: 'later' })).toEqual([
      303,
      `/dead-letters/${first}`,
    ])
    expect(await states(ids)).toEqual(['PARKED', 'NEW'])
    expect(await post('operator', '/dead-letters/discard', { fingerprint, reason: 'test orders' })).toEqual([
      303,
      `/dead-letters/groups/${fingerprint}`,
    ])
    // Whoever discards the new ones of a cause means those that nobody has put aside.
    expect(await states(ids)).toEqual(['PARKED', 'DISCARDED'])
    await post('operator', '/dead-letters/release', { fingerprint, reason: 'not yet' })
    expect(await states(ids)).toEqual(['NEW', 'NEW'])
  })

  it('ask about the rows that were ticked, say what is left out, and act on them alone', async () => {
    const { deadLetters, post, letter, states, console: opened, mend, handled } = await openShop()
    const ids = await deadLetters(['mug-1', 'pen-2', 'cap-3'])
    const [mug = '', pen = '', cap = ''] = ids
    const { fingerprint } = await letter(mug)
    const choose = async (query: string) =>
      (await opened.ask('operator', `/dead-letters/choose?fingerprint=${fingerprint}&${query}`)).text()
    mend()
    await post('operator', '/dead-letters/park', { fingerprint, ids: pen, reason: 'later' })

    const dryRun = await choose(`step=redrive&ids=${mug}&ids=${pen}`)
    expect(dryRun).toMatch(/Send 1 dead letter again\?/)
    expect(dryRun).toMatch(/Left out/)
    expect(dryRun).toContain(`value="${mug},${pen}"`)
    expect(await choose('step=park')).toContain('Nothing is ticked')
    expect(await choose(`step=release&ids=${mug}`)).toContain('There is nothing to release')
    expect(await choose('step=discard&all=yes')).toMatch(/Discard 2 dead letters\?/)
    expect(await choose('step=release&all=yes&state=PARKED')).toMatch(/Release 1 dead letter\?/)

    const [status, location] = await post('operator', '/dead-letters/redrive', {
      ...{ fingerprint, ids: `${mug},${pen}`, reason: 'prices are there', ramp: 'ramp', rate: '50' },
    })
    expect([status, location]).toEqual([303, expect.stringMatching(/redrives/)])
    await waitFor(async () => (await states([mug]))[0] === 'REDRIVEN', { what: 'the mug handled' })
    expect(await states(ids)).toEqual(['REDRIVEN', 'PARKED', 'NEW'])
    expect(handled).toEqual(['mug-1'])

    await post('operator', '/dead-letters/discard', { fingerprint, ids: `${pen},${cap}`, reason: 'test orders' })
    expect(await states(ids)).toEqual(['REDRIVEN', 'DISCARDED', 'DISCARDED'])
    const audit = await (await opened.ask('operator', '/ops/api/dead-letters/audit?limit=1')).json()
    expect(audit.entries).toMatchObject([{ action: 'discard', deadLetterIds: [pen, cap], reason: 'test orders' }])
  })

  it('say which of one page are meant, and act on all pages in the state that was chosen', async () => {
    const { deadLetters, post, letter, states } = await openShop()
    const ids = await deadLetters(['mug-1', 'pen-2'])
    const { fingerprint } = await letter(ids[0] as string)
    await post('operator', '/dead-letters/park', { fingerprint, ids: ids[0] as string, reason: 'later' })

    expect(await post('operator', '/dead-letters/discard', { fingerprint, state: 'PARKED', reason: 'old' })).toEqual([
      ...[303, `/dead-letters/groups/${fingerprint}`],
    ])
    expect(await states(ids)).toEqual(['DISCARDED', 'NEW'])
  })

  it('do nothing without a reason, without a selection, or for who may not', async () => {
    const { deadLetters, post, states } = await openShop()
    const [id = ''] = await deadLetters(['mug-1'])

    expect((await post('operator', '/dead-letters/park', { ids: id, reason: '' }))[0]).toBe(400)
    expect((await post('operator', '/dead-letters/park', { ids: id, reason: '   ' }))[0]).toBe(400)
    expect((await post('operator', '/dead-letters/redrive', { reason: 'all of them' }))[0]).toBe(400)
    expect((await post('support', '/dead-letters/park', { ids: id, reason: 'later' }))[0]).toBe(403)
    expect(await states([id])).toEqual(['NEW'])
  })
})

describe('the metrics of the dead letters', () => {
  it('count what came in, what is open, and when its cause was first seen', async () => {
    const { deadLetters, consumerGroup: consumergroup, topic, letter, metrics, post } = await openShop()
    const [first = '', second = ''] = await deadLetters(['mug-1', 'pen-2'])
    const { fingerprint, firstSeenAt } = await letter(first)

    const before = await metrics()
    await post('operator', '/dead-letters/discard', { ids: second, reason: 'a test order' })
    const after = await metrics()

    expect(before).toEqual([
      `dead_letters_open{consumergroup="${consumergroup}"} 2`,
      `dead_letter_fingerprint_first_seen_timestamp_seconds{fingerprint="${fingerprint}",consumergroup="${consumergroup}"} ${Date.parse(firstSeenAt) / 1_000}`,
      `dead_letters_received_total{consumergroup="${consumergroup}",topic="${topic}"} 2`,
    ])
    expect(after).toContain(`dead_letters_open{consumergroup="${consumergroup}"} 1`)
    expect(after).toContain(`dead_letters_received_total{consumergroup="${consumergroup}",topic="${topic}"} 2`)
  })
})
