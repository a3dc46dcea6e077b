import type { AlertView, InhibitingAlert } from './alert-views.ts'

/** Nobody is told of it. */
export const isHeldBack = ({ silencedBy, inhibitedBy }: Pick<AlertView, 'silencedBy' | 'inhibitedBy'>): boolean =>
  silencedBy.length > 0 || inhibitedBy.length > 0

/** `ConsumerStopped of payment-service-group` */
export const causeText = ({ alertname, of }: Omit<InhibitingAlert, 'fingerprint'>): string =>
  of === null ? alertname : `${alertname} of ${of}`
