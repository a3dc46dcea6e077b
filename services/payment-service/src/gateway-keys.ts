/** The idempotency key of each step: the same however often, and by whomever, the gateway is asked. */
export const gatewayKeys = {
  authorize: (orderId: string): string => `authorize-${orderId}`,
  capture: (orderId: string, number: number): string => `capture-${orderId}-${number}`,
  void: (orderId: string): string => `void-${orderId}`,
  refund: (orderId: string, number: number, attempt: number): string => `refund-${orderId}-${number}-${attempt}`,
}

export type GatewayStep =
  | { readonly kind: 'authorize' | 'void' }
  | { readonly kind: 'capture'; readonly number: number }
  | { readonly kind: 'refund'; readonly number: number; readonly attempt: number }

/** Which step of an order a key stands for; undefined: none. */
export const stepOf = (orderId: string, key: string): GatewayStep | undefined => {
  const [number = 0, attempt = 0] =
    numbersAfter(`capture-${orderId}-`, key) ?? numbersAfter(`refund-${orderId}-`, key) ?? []
  const steps: readonly (readonly [string, GatewayStep])[] = [
    [gatewayKeys.authorize(orderId), { kind: 'authorize' }],
    [gatewayKeys.void(orderId), { kind: 'void' }],
    [gatewayKeys.capture(orderId, number), { kind: 'capture', number }],
    [gatewayKeys.refund(orderId, number, attempt), { kind: 'refund', number, attempt }],
  ]
  return steps.find(([expected]) => expected === key)?.[1]
}

const numbersAfter = (prefix: string, key: string): readonly number[] | undefined =>
  key.startsWith(prefix) ? key.slice(prefix.length).split('-').map(Number) : undefined
