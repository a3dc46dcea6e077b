import { mask } from '@stocker/properties'
import type { ClientKey } from './client-keys.ts'
import { CLIENT_KEYS, CLIENTS } from './client-keys.ts'
import type { Collected } from './collect.ts'
import { OWN_KEYS, PREFIX, propertyName } from './spring-keys.ts'

/** One effective setting. */
export interface ExplainedProperty {
  /** The key that set it; for a default, the key that would. */
  readonly key: string
  /** As text; masked where the key is a secret. */
  readonly value: string
  /** `application.properties:12`, `environment SPRING_…`, `value`, `override` or `default`. */
  readonly origin: string
}

/** What is in force and where it came from: own values first in the order of the table, one line per key. */
export function explain({ clients, own }: Collected): readonly ExplainedProperty[] {
  const lines = new Map<string, ExplainedProperty>()
  for (const client of CLIENTS) {
    for (const [name, key] of Object.entries<ClientKey>(CLIENT_KEYS)) {
      if (!key.clients.includes(client)) continue
      const at = clients[client].get(name)
      const fallback = key.defaultFor?.[client] ?? key.setting.default
      if (at !== undefined) lines.set(at.key, { key: at.key, value: mask(at.key, at.text), origin: at.origin })
      else if (fallback !== undefined) {
        const property = propertyName(client, name)
        lines.set(property, { key: property, value: String(fallback), origin: 'default' })
      }
    }
  }
  for (const [name, setting] of Object.entries(OWN_KEYS)) {
    const at = own.get(name)
    const key = `${PREFIX}.${name}`
    if (at !== undefined) lines.set(key, { key, value: mask(key, at.text), origin: at.origin })
    else if (setting.default !== undefined) lines.set(key, { key, value: String(setting.default), origin: 'default' })
  }
  return Object.freeze([...lines.values()])
}
