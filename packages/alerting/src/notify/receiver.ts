import type { Labels } from '../promql/labels.ts'
import type { NotificationPayload } from './notification-payload.ts'

/** Where notifications go. */
export interface Receiver {
  /** Unique; kept with what was sent to it. */
  readonly name: string
  /** Whether it wants to know of an alert with these labels. */
  accepts(labels: Labels): boolean
  /** Rejects when it was not taken; then it is sent again, with the same id. */
  send(notification: { readonly id: string; readonly payload: NotificationPayload }, signal: AbortSignal): Promise<void>
}

/** Takes alerts of these severities. */
export const acceptsSeverities =
  (severities: readonly string[]) =>
  ({ severity = '' }: Labels): boolean =>
    severities.includes(severity)
