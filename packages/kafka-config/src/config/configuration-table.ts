import type { Setting } from '@stocker/properties'
import type { Client, ClientKey } from './client-keys.ts'
import { CLIENT_KEYS, CLIENTS } from './client-keys.ts'
import type { RefusedKey } from './refused-client-keys.ts'
import { REFUSED_CLIENT_KEYS } from './refused-client-keys.ts'
import { DESERIALIZER_CLASSES, ERROR_HANDLING_DESERIALIZER, SERIALIZER_CLASSES } from './serde-classes.ts'
import type { RefusedSpringKey } from './spring-keys.ts'
import { LEVELS, levelPrefix, OWN_KEY_NOTES, OWN_KEYS, PREFIX, REFUSED_SPRING_KEYS, TYPED_KEYS } from './spring-keys.ts'

type Row = readonly [key: string, type: string, fallback: string, supported: string]

/** The reference of all keys as Markdown: type, default, and whether it is honoured, or why not. */
export function configurationTable(): string {
  return [
    '# Configuration of Kafka',
    'Durations are in milliseconds and sizes in bytes unless a unit is given (`10s`, `64KB`). Keys of a client set more than ' +
      "once are merged as in Spring Boot: common keys, then the common `properties`, then the client's own, then its `properties`.",
    `## Keys of ${PREFIX}`,
    table(springRows()),
    '## Keys of the clients',
    `Each may be set below \`${PREFIX}.properties.\` for every client that knows it, and below \`${PREFIX}.consumer.properties.\`, ` +
      `\`${PREFIX}.producer.properties.\` or \`${PREFIX}.admin.properties.\` for one.`,
    table(clientRows()),
    '## Classes',
    classList('Serializers', Object.keys(SERIALIZER_CLASSES)),
    classList('Deserializers', [...Object.keys(DESERIALIZER_CLASSES), ERROR_HANDLING_DESERIALIZER]),
  ].join('\n\n')
}

function springRows(): Row[] {
  const typed = LEVELS.flatMap((level) =>
    Object.entries(TYPED_KEYS[level]).map(([name, target]) => typedRow(levelPrefix(level) + name, target, level)),
  )
  const own = Object.entries(OWN_KEYS).map(([name, setting]) => {
    const note = OWN_KEY_NOTES[name as keyof typeof OWN_KEYS]
    return row(name, setting, setting.default, note)
  })
  const refused = Object.entries(REFUSED_SPRING_KEYS).map(([name, key]) => refusedRow(name, key))
  return sorted([...typed, ...own, ...refused]).map(([key, ...rest]) => [`${PREFIX}.${key}`, ...rest])
}

function typedRow(name: string, target: string, level: Client | 'common'): Row {
  const refused = REFUSED_CLIENT_KEYS[target]
  if (refused !== undefined) return refusedRow(name, refused)
  const key: ClientKey = CLIENT_KEYS[target as keyof typeof CLIENT_KEYS]
  const inherited = level !== 'common' && Object.values<string>(TYPED_KEYS.common).includes(target)
  if (inherited) return [name, key.setting.type, '', 'yes. In place of the common one.']
  const fallback = level === 'common' ? key.setting.default : defaultOf(key, level)
  return row(name, key.setting, fallback, key.note)
}

function clientRows(): Row[] {
  const honoured = Object.entries<ClientKey>(CLIENT_KEYS)
    .filter(([name]) => name !== 'bootstrap.servers')
    .map(([name, key]) => row(name, key.setting, defaults(key), key.note, key.clients))
  const refused = Object.entries(REFUSED_CLIENT_KEYS).map(([name, key]) => refusedRow(name, key))
  const bootstrap: Row = [
    'bootstrap.servers',
    '',
    '',
    `no: set \`${PREFIX}.bootstrap-servers\`, which overwrites it in Spring`,
  ]
  return sorted([...honoured, ...refused, bootstrap])
}

function defaults(key: ClientKey): unknown {
  const own = Object.entries(key.defaultFor ?? {}).map(([client, value]) => `${value} (${client})`)
  return own.length === 0 ? key.setting.default : [key.setting.default, ...own].join(', ')
}

function defaultOf(key: ClientKey, client: Client): unknown {
  return key.defaultFor?.[client] ?? key.setting.default
}

function row(
  name: string,
  setting: Setting<unknown>,
  fallback: unknown,
  note: string | undefined,
  clients: readonly Client[] = [],
): Row {
  const which = clients.length === 0 || clients.length === CLIENTS.length ? '' : ` (${clients.join(', ')})`
  const supported = `yes${which}${note === undefined ? '' : `. ${note}`}`
  return [name, setting.type, fallback === undefined ? '' : String(fallback), supported]
}

function refusedRow(name: string, { reason, accepts }: RefusedKey | RefusedSpringKey): Row {
  const only = accepts === undefined ? 'no' : `only ${accepts.join(', ')}`
  return [name, '', accepts?.[0] ?? '', `${only}: ${reason}`]
}

function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
}

function classList(title: string, classes: readonly string[]): string {
  return `${title}: ${classes.map((name) => `\`${name}\``).join(', ')}.`
}

function table(rows: readonly Row[]): string {
  const cells = [
    ['key', 'type', 'default', 'supported'],
    ...rows.map(([key, type, fallback, supported]) => [
      `\`${key}\``,
      escaped(type),
      fallback === '' ? '' : `\`${escaped(fallback)}\``,
      escaped(supported),
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const line = (parts: readonly string[]) =>
    `| ${parts.map((part, column) => part.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = cells
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

function escaped(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/</g, '&lt;')
}
