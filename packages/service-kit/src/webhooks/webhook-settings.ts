import type { Setting } from '@stocker/properties'
import { choice, duration, text } from '@stocker/properties'
import { WEBHOOK_SECRET } from './webhook-signature.ts'

const ONE_SECRET = WEBHOOK_SECRET.source.slice(1, -1)
const HOUR_MS = 3_600_000

/** The property with which both sides agree on a secret. `what`: the messages that it signs. */
const webhookSecret = (key: string, what: string): Setting<string> =>
  text(key, {
    default: '',
    pattern: new RegExp(`^(|${ONE_SECRET}(,${ONE_SECRET})*)$`),
    expected: 'whsec_ and 24 to 64 bytes in base64; several by commas',
    description: `Signs ${what} (https://www.standardwebhooks.com): whsec_ and 24 to 64 bytes in base64, several by commas while one takes the place of another; without it none is taken`,
  })

/** The property that says how old a message may be. `whose`: as in "the courier's". */
const webhookTolerance = (key: string, whose: string): Setting<number> =>
  duration(key, {
    default: 300_000,
    min: 1_000,
    max: HOUR_MS,
    description: `How far ${whose} clock may be from this one; an older copy of a report is refused`,
  })

/** lost: what an answer could not say because it was lost; all: everything that was done. */
export const REPORTED = ['lost', 'all', 'none'] as const
export type Reported = (typeof REPORTED)[number]

/** How the simulated company of an outside world reports. */
export interface ReportingConfig {
  /** `whsec_…`, one of which signs its reports; without one none is taken, and none is sent. */
  readonly webhookSecrets: readonly string[]
  /** How far its clock may be from this one. Milliseconds. */
  readonly webhookToleranceMs: number
  /** What it reports. */
  readonly reported: Reported
  /** How long after the call it does so. Milliseconds. */
  readonly webhookDelayMs: number
  /** Where to; empty: to this service itself. */
  readonly webhookUrl: string
}

/** The properties of {@link ReportingConfig}; `webhookSecrets` as text, for `webhookSecretsOf`. `who`: as in "courier", whose keys they are. */
export const reportingSettings = (who: string) => ({
  webhookSecrets: webhookSecret(`${who}.webhook-secret`, `the ${who}'s reports`),
  webhookToleranceMs: webhookTolerance(`${who}.webhook-tolerance`, `the ${who}'s`),
  reported: choice(`${who}.simulated.webhooks`, REPORTED, {
    default: 'lost',
    description: `What the simulated ${who} reports where a secret is agreed: lost (what a lost answer did not say), all, or none`,
  }),
  webhookDelayMs: duration(`${who}.simulated.webhook-delay`, {
    default: 1_000,
    min: 0,
    description: `How long after a call the simulated ${who} reports it`,
  }),
  webhookUrl: text(`${who}.simulated.webhook-url`, {
    default: '',
    description: `Where the simulated ${who} reports to; default: the service in whose process it runs`,
  }),
})

export const isReporting = ({ webhookSecrets, reported }: ReportingConfig): boolean =>
  webhookSecrets.length > 0 && reported !== 'none'

/** The secrets that the property names. */
export const webhookSecretsOf = (property: string): readonly string[] =>
  property.split(',').filter((secret) => secret !== '')
