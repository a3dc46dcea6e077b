import { describe, expect, test } from 'vitest'
import { verifyWebhook, WEBHOOK_SECRET, webhookSignature } from '../../src/webhooks/webhook-signature.ts'

/** The example of the specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const EXAMPLE = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  message: {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: Buffer.from('{"test": 2432232314}'),
  },
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}
const OTHER_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const SIGNED_AT = new Date(EXAMPLE.message.timestamp * 1_000)

const verify = (
  headers: Readonly<Record<string, string | undefined>> = {},
  { secrets = [EXAMPLE.secret], now = SIGNED_AT, body = EXAMPLE.message.body } = {},
) => {
  const all = {
    'webhook-id': EXAMPLE.message.id,
    'webhook-timestamp': String(EXAMPLE.message.timestamp),
    'webhook-signature': EXAMPLE.signature,
    ...headers,
  }
  return verifyWebhook({ headers: all, body }, { secrets, toleranceMs: 300_000 }, now)
}
const after = (seconds: number): Date => new Date(SIGNED_AT.getTime() + seconds * 1_000)

test('a message is signed as the specification’s example is', () => {
  expect(webhookSignature(EXAMPLE.secret, EXAMPLE.message)).toBe(EXAMPLE.signature)
})

test('a secret is whsec_ and 24 to 64 bytes', () => {
  const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`
  expect([23, 24, 32, 64, 65].map((bytes) => WEBHOOK_SECRET.test(secretOf(bytes)))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
  expect(WEBHOOK_SECRET.test(`secret_${secretOf(32).slice(6)}`)).toBe(false)
})

describe('a message is believed', () => {
  test('that is signed with the secret', () => {
    expect(verify()).toEqual({})
  })

  test('while a secret takes the place of another, whichever side is first', () => {
    expect(verify({}, { secrets: [OTHER_SECRET, EXAMPLE.secret] })).toEqual({})
    const both = `${webhookSignature(OTHER_SECRET, EXAMPLE.message)} v1a,of-another-kind ${EXAMPLE.signature}`
    expect(verify({ 'webhook-signature': both })).toEqual({})
  })

  test('five minutes long, whosever clock is ahead', () => {
    for (const seconds of [-300, 300]) expect(verify({}, { now: after(seconds) })).toEqual({})
    for (const seconds of [-301, 301])
      expect(verify({}, { now: after(seconds) })).toEqual({ fault: 'it was signed more than 300 s away from now' })
  })
})

describe('a message is not believed', () => {
  test.each([
    ['no id', { 'webhook-id': undefined }, 'webhook-id must name the message'],
    ['another id', { 'webhook-id': 'msg_other' }, 'no signature is that of this id'],
    ['an id that nobody can print', { 'webhook-id': 'a b' }, 'webhook-id must name the message'],
    ['no time', { 'webhook-timestamp': undefined }, 'webhook-timestamp must be the time'],
    ['a time that is none', { 'webhook-timestamp': 'today' }, 'webhook-timestamp must be the time'],
    ['another time', { 'webhook-timestamp': '1614265331' }, 'no signature is that of this id'],
    ['no signature', { 'webhook-signature': undefined }, 'webhook-signature is missing'],
    ['an empty signature', { 'webhook-signature': '' }, 'no signature is that of this id'],
    ['a signature that is cut off', { 'webhook-signature': 'v1,' }, 'no signature is that of this id'],
    ['a signature of another version', { 'webhook-signature': EXAMPLE.signature.replace('v1', 'v2') }, 'no signature'],
    [
      'the signature of another secret',
      { 'webhook-signature': webhookSignature(OTHER_SECRET, EXAMPLE.message) },
      'no signature is that of this id',
    ],
  ])('that has %s', (_what, headers, fault) => {
    expect(verify(headers)).toEqual({ fault: expect.stringContaining(fault) })
  })

  test('whose body was changed', () => {
    expect(verify({}, { body: Buffer.from('{"test": 2432232315}') })).toEqual({
      fault: 'no signature is that of this id, time and body with the shared secret',
    })
  })

  test('where no secret is agreed', () => {
    expect(verify({}, { secrets: [] })).toEqual({ fault: expect.stringContaining('no signature') })
  })
})
