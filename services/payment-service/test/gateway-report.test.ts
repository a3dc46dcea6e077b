import { describe, expect, it } from 'vitest'
import { gatewayKeys, stepOf } from '../src/gateway-keys.ts'
import type { GatewayReport } from '../src/gateway-report.ts'
import { commandOf } from '../src/gateway-report.ts'
import { commands, orderId, retryAt, total } from './payment-story.ts'

const call = (idempotencyKey: string) => ({ orderId, idempotencyKey, amount: total })
const of = (report: GatewayReport) => commandOf(report, () => new Date(retryAt))
const withAmount = ({ type, data }: { readonly type: string; readonly data: object }, more: object = {}) => ({
  type,
  data: { ...data, ...more, amount: total },
})

describe('a report of the gateway becomes the command that the answer of its call would have become', () => {
  it.each([
    [{ event: 'AUTHORIZED', ...call('authorize-o-1'), gatewayId: 'auth-1' }, withAmount(commands.authorized())],
    [
      { event: 'DECLINED', ...call('authorize-o-1'), reason: 'DECLINED', message: 'the card was declined' },
      withAmount(commands.declined()),
    ],
    [
      { event: 'CAPTURED', ...call('capture-o-1-1'), gatewayId: 'cap-1' },
      withAmount(commands.captured(), { number: 1 }),
    ],
    [{ event: 'VOIDED', ...call('void-o-1'), gatewayId: 'void-1' }, withAmount(commands.voided())],
    [{ event: 'REFUNDED', ...call('refund-o-1-2-3'), gatewayId: 'ref-2' }, withAmount(commands.refunded(2, 3))],
    [{ event: 'REFUND_REFUSED', ...call('refund-o-1-1-1'), message: 'not now' }, withAmount(commands.refundRefused())],
  ] as const)('$event', (report, command) => {
    expect(of(report)).toEqual(command)
  })

  it.each([
    ['CAPTURED', 'authorize-o-1'],
    ['AUTHORIZED', 'authorize-o-2'],
    ['AUTHORIZED', 'authorize-o-1-1'],
    ['CAPTURED', 'capture-o-1-'],
    ['CAPTURED', 'capture-o-1-1x'],
    ['CAPTURED', 'capture-o-1-01'],
    ['REFUNDED', 'refund-o-1-1'],
    ['REFUNDED', 'refund-o-1-1-1-1'],
    ['VOIDED', 'nothing'],
  ] as const)('but not %s of %s, which is no such call', (event, key) => {
    expect(of({ event, ...call(key), gatewayId: 'g-1' })).toBeUndefined()
  })
})

it('a key says its step, whatever the order is called', () => {
  for (const name of ['o-1', 'o-1-1', 'authorize', '7']) {
    expect(stepOf(name, gatewayKeys.capture(name, 2))).toEqual({ kind: 'capture', number: 2 })
    expect(stepOf(name, gatewayKeys.refund(name, 1, 4))).toEqual({ kind: 'refund', number: 1, attempt: 4 })
    expect(stepOf(name, gatewayKeys.void(name))).toEqual({ kind: 'void' })
  }
})
