import type { Setting } from '@stocker/properties'
import { duration, text } from '@stocker/properties'
import { WEBHOOK_SECRET } from './webhook-signature.ts'

const ONE_SECRET = WEBHOOK_SECRET.source.slice(1, -1)
const HOUR_MS = 3_600_000

/** The property with which both sides agree on a secret. `what`: the messages that it signs. */
export const webhookSecret = (key: string, what: string): Setting<string> =>
  text(key, {
    default: '',
    pattern: new RegExp(`^(|${ONE_SECRET}(,${ONE_SECRET})*)$`),
    expected: 'whsec_ and 24 to 64 bytes in base64; several by commas',
    description: `Signs ${what} (https://www.standardwebhooks.com): whsec_ and 24 to 64 bytes in base64, several by commas while one takes the place of another; without it none is taken`,
  })

/** The property that says how old a message may be. `whose`: as in "the courier's". */
export const webhookTolerance = (key: string, whose: string): Setting<number> =>
  duration(key, {
    default: 300_000,
    min: 1_000,
    max: HOUR_MS,
    description: `How far ${whose} clock may be from this one; an older copy of a report is refused`,
  })

/** The secrets that the property names. */
export const webhookSecretsOf = (property: string): readonly string[] =>
  property.split(',').filter((secret) => secret !== '')
