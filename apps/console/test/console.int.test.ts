import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { runCtl } from '../../ctl/src/ctl.ts'
import { openFailingShop } from './dead-letters/failing-shop.ts'
import { TOKENS } from './start-console.ts'

const TOKEN = TOKENS.developer
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A console, and a listener that fails at three orders until it is mended. */
async function openConsole() {
  const shop = await openFailingShop()
  closing.push(() => shop[Symbol.asyncDispose]())
  await shop.deadLetters(['mug-1', 'pen-2', 'cap-3'], (sku, price) => ({ eventId: `e-${sku}`, price }))
  const { url } = shop.console
  const lines: string[] = []
  const ctl = async (...words: readonly string[]) => {
    lines.length = 0
    const code = await runCtl([...words, '--url', url, '--token', TOKEN], (text) => lines.push(text))
    return { code, text: lines.join('\n') }
  }
  const json = async (...words: readonly string[]) => JSON.parse((await ctl(...words, '-o', 'json')).text)
  return { ...shop, url, ctl, json }
}

const post = async (url: string, body: object) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('an operator', () => {
  it('looks at dead letters, sends them again with one command and sees that they were handled', async () => {
    const { topic, handled, mend, ctl, json } = await openConsole()

    const { groups } = await json('dlt', 'groups')
    expect(groups).toMatchObject([{ topic, deadLetters: 3, byState: { NEW: 3 } }])
    const { fingerprint } = groups[0]
    const { items } = await json('dlt', 'redrive', '--fingerprint', fingerprint, '--dry-run')
    expect(items).toHaveLength(3)
    expect((await ctl('dlt', 'show', items[0].id)).text).not.toContain('"price": 0')
    const shown = await ctl('dlt', 'show', items[0].id, '--unmask', 'what price does it have?')
    expect(shown.text).toContain('no price for mug-1')
    expect(shown.text).toContain('"price": 0')
    mend()
    const { code, text } = await ctl('dlt', 'redrive', '--fingerprint', fingerprint, '--reason', 'prices are there')

    expect([code, text]).toEqual([0, expect.stringContaining('3 of 3 handled, 0 failed again')])
    expect(handled).toEqual(['mug-1', 'pen-2', 'cap-3'])
    expect((await ctl('dlt', 'audit')).text).toContain('prices are there')
  })

  it('is told when it fails again, edits the payload, and discards what cannot be mended', async () => {
    const { topic, handledValues, mend, ctl, json } = await openConsole()
    const { deadLetters } = await json('dlt', 'ls', '--topic', topic)
    const [cap, pen, mug] = deadLetters.map(({ id }: { id: string }) => id)

    const failed = await ctl('dlt', 'redrive', mug, '--reason', 'try')
    expect([failed.code, failed.text]).toEqual([1, expect.stringContaining('0 of 1 handled, 1 failed again')])
    const folder = mkdtempSync(join(tmpdir(), 'payload-'))
    closing.push(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'mug.json')
    writeFileSync(file, '{"eventId":"e-mug-1","price":7}')
    await ctl('dlt', 'show', mug, '--unmask', 'to mend it')
    expect((await ctl('dlt', 'edit', mug, '--file', file, '--reason', 'the price')).text).toContain(
      '[{"path":"/price","before":0,"after":7}]',
    )
    await ctl('dlt', 'discard', pen, '--reason', 'no pens')
    await ctl('dlt', 'park', cap, '--reason', 'later')
    mend()
    await ctl('dlt', 'redrive', mug, '--reason', 'again')

    expect(handledValues).toEqual([{ eventId: 'e-mug-1', price: 7 }])
    expect((await json('dlt', 'ls')).deadLetters.map(({ state: each }: { state: string }) => each)).toEqual([
      'PARKED',
      'DISCARDED',
      'REDRIVEN',
    ])
    const refused = await json('dlt', 'redrive', pen, cap, '--dry-run')
    expect(refused.refused.map(({ why }: { why: string }) => why)).toEqual([
      'it is discarded; release it first',
      'it is parked; release it first',
    ])
  })

  it('is answered with a problem that says what to do', async () => {
    const { url, ctl } = await openConsole()

    expect(await post(`${url}/ops/api/redrives`, { selection: {}, reason: 'all' })).toMatchObject({
      status: 400,
      body: { code: 'EMPTY_SELECTION', detail: expect.stringContaining('name ids') },
    })
    expect(await post(`${url}/ops/api/redrives`, { selection: { ids: ['999'] }, reason: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'NOTHING_TO_REDRIVE' },
    })
    expect(
      (await fetch(`${url}/ops/api/dead-letters/999`, { headers: { authorization: `Bearer ${TOKEN}` } })).status,
    ).toBe(404)
    await expect(ctl('dlt', 'show', '999')).rejects.toThrow('DEAD_LETTER_NOT_FOUND: There is no dead letter 999')
    await expect(ctl('dlt', 'discard', '--state', 'NEW')).rejects.toThrow('--reason is needed: it is kept in the audit')
    await expect(ctl('dlt', 'redrive', '--reason', 'x')).rejects.toThrow(
      'name the dead letters by ids, or select them by',
    )
    await expect(ctl('dlt', 'list')).rejects.toThrow('dlt needs one of ls, groups, show, redrive')
  })
})
