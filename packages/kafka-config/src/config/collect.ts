import type { Properties } from '@stocker/properties'
import { nearest } from '@stocker/properties'
import type { Client } from './client-keys.ts'
import { CLIENT_KEYS, CLIENTS } from './client-keys.ts'
import type { Assignment, Problems } from './problems.ts'
import type { RefusedKey } from './refused-client-keys.ts'
import { REFUSED_CLIENT_KEYS } from './refused-client-keys.ts'
import type { Level, RefusedSpringKey } from './spring-keys.ts'
import {
  LEVELS,
  levelPrefix,
  OWN_KEYS,
  PREFIX,
  propertyName,
  REFUSED_SPRING_KEYS,
  SPRING_KEY_NAMES,
  TYPED_KEYS,
} from './spring-keys.ts'

export interface Collected {
  /** What each client is configured with, by the client's own key names. */
  readonly clients: Readonly<Record<Client, ReadonlyMap<string, Assignment>>>
  /** Keys of Spring's own parts. */
  readonly own: ReadonlyMap<string, Assignment>
}

/** All that one level sets: Spring's typed keys and the `properties` map. */
interface LevelAssignments {
  readonly typed: Map<string, Assignment>
  readonly map: Map<string, Assignment>
}

/** Sorts every spring.kafka.* key to the clients it configures, in Spring Boot's merge order. */
export function collect(properties: Properties, problems: Problems): Collected {
  const levels: Record<Level, LevelAssignments> = {
    common: { typed: new Map(), map: new Map() },
    consumer: { typed: new Map(), map: new Map() },
    producer: { typed: new Map(), map: new Map() },
    admin: { typed: new Map(), map: new Map() },
  }
  const own = new Map<string, Assignment>()
  for (const [rest, text] of properties.entries(PREFIX, SPRING_KEY_NAMES)) {
    const key = `${PREFIX}.${rest}`
    const at = { key, text: text.trim(), origin: properties.origin(key) ?? 'value' }
    // As in Spring, an empty value is none; one key alone gives a meaning to it.
    if (at.text === '' && !key.endsWith('ssl.endpoint.identification.algorithm')) continue
    assign(rest, at, levels, own, problems)
  }
  return {
    own,
    clients: {
      consumer: merge(levels, 'consumer'),
      producer: merge(levels, 'producer'),
      admin: merge(levels, 'admin'),
    },
  }
}

function assign(
  rest: string,
  at: Assignment,
  levels: Record<Level, LevelAssignments>,
  own: Map<string, Assignment>,
  problems: Problems,
): void {
  const refused = refusalOf(REFUSED_SPRING_KEYS, rest)
  if (Object.hasOwn(OWN_KEYS, rest)) {
    own.set(rest, at)
    return
  }
  if (refused !== undefined) {
    if (!isAccepted(refused, at.text)) problems.add('UNSUPPORTED_KEY', at, refusal(refused))
    return
  }
  const level = levelOf(rest)
  const name = rest.slice(levelPrefix(level).length)
  const typed: Readonly<Record<string, string>> = TYPED_KEYS[level]
  const target = Object.hasOwn(typed, name) ? typed[name] : undefined
  if (target !== undefined) {
    if (acceptedBy(level, target, at, problems)) levels[level].typed.set(target, at)
    return
  }
  if (name.startsWith('properties.')) {
    const clientKey = name.slice('properties.'.length)
    if (clientKey === 'bootstrap.servers') {
      const typedKey = propertyName(level, clientKey)
      problems.add('UNSUPPORTED_KEY', at, `has no effect in Spring, which overwrites it: set ${typedKey}`, typedKey)
    } else if (acceptedBy(level, clientKey, at, problems)) levels[level].map.set(clientKey, at)
    return
  }
  unknown(at, problems)
}

function levelOf(rest: string): Level {
  return CLIENTS.find((client) => rest.startsWith(levelPrefix(client))) ?? 'common'
}

/** Whether the key is one that a client of this level honours; if not, that is a problem unless nothing is asked for. */
function acceptedBy(level: Level, clientKey: string, at: Assignment, problems: Problems): boolean {
  const clients: readonly Client[] = level === 'common' ? CLIENTS : [level]
  if (Object.hasOwn(CLIENT_KEYS, clientKey)) {
    const honoured: readonly Client[] = CLIENT_KEYS[clientKey as keyof typeof CLIENT_KEYS].clients
    if (honoured.some((client) => clients.includes(client))) return true
    problems.add('UNSUPPORTED_KEY', at, `belongs to the ${honoured.join(' and the ')}, not to the ${level}`)
    return false
  }
  const refused = refusalOf(REFUSED_CLIENT_KEYS, clientKey)
  if (refused === undefined) unknown(at, problems)
  else if (!refused.clients.some((client) => clients.includes(client))) {
    problems.add('UNSUPPORTED_KEY', at, `belongs to the ${refused.clients.join(' and the ')}, not to the ${level}`)
  } else if (!isAccepted(refused, at.text)) problems.add('UNSUPPORTED_KEY', at, refusal(refused))
  return false
}

/**
 * Common typed ← common map ← client typed ← client map; then, as Spring Boot's connection details do, the typed bootstrap
 * servers and security protocol on top.
 */
function merge(levels: Record<Level, LevelAssignments>, client: Client): Map<string, Assignment> {
  const { common, [client]: own } = levels
  const merged = new Map([...common.typed, ...common.map, ...own.typed, ...own.map])
  for (const [name] of merged) {
    const clients: readonly Client[] = CLIENT_KEYS[name as keyof typeof CLIENT_KEYS].clients
    if (!clients.includes(client)) merged.delete(name)
  }
  const protocol = own.typed.get('security.protocol') ?? common.typed.get('security.protocol')
  if (protocol !== undefined) merged.set('security.protocol', protocol)
  return merged
}

function refusalOf<R>(table: Readonly<Record<string, R>>, name: string): R | undefined {
  if (Object.hasOwn(table, name)) return table[name]
  const family = Object.keys(table).find((entry) => entry.endsWith('*') && name.startsWith(entry.slice(0, -1)))
  return family === undefined ? undefined : table[family]
}

function isAccepted(refused: RefusedKey | RefusedSpringKey, text: string): boolean {
  const lenient = (value: string) => value.toLowerCase().replace(/[-_]/g, '')
  // '-1' of acks keeps its sign.
  return (refused.accepts ?? []).some(
    (value) => value === text || (/[a-z]/i.test(value) && lenient(value) === lenient(text)),
  )
}

function refusal({ reason, accepts }: RefusedKey | RefusedSpringKey): string {
  const only = accepts === undefined ? '' : `; only ${accepts.join(', ')} can be set`
  return `is not supported: ${reason}${only}`
}

const KNOWN_NAMES: readonly string[] = [
  ...SPRING_KEY_NAMES,
  ...LEVELS.flatMap((level) => {
    const clients: readonly Client[] = level === 'common' ? CLIENTS : [level]
    const of = ({ clients: honoured }: { readonly clients: readonly Client[] }) =>
      honoured.some((client) => clients.includes(client))
    const names = [...Object.entries(CLIENT_KEYS), ...Object.entries(REFUSED_CLIENT_KEYS)]
      .filter(([name, entry]) => of(entry) && !name.endsWith('*') && name !== 'bootstrap.servers')
      .map(([name]) => name)
    return names.map((name) => `${levelPrefix(level)}properties.${name}`)
  }),
].map((name) => `${PREFIX}.${name}`)

function unknown(at: Assignment, problems: Problems): void {
  const nearby = withoutMap(at.key) ?? nearest(at.key, KNOWN_NAMES)
  const hint = nearby === undefined ? 'see the configuration reference for those there are' : `did you mean ${nearby}?`
  problems.add('UNKNOWN_KEY', at, `is not a known key: ${hint}`, nearby)
}

/** `consumer.session.timeout.ms`, where `properties.` was left out, and `consumer.group.id`, which has a typed key. */
function withoutMap(key: string): string | undefined {
  const rest = key.slice(PREFIX.length + 1)
  const level = levelOf(rest)
  const name = rest.slice(levelPrefix(level).length)
  const meant = propertyName(level, name)
  return Object.hasOwn(CLIENT_KEYS, name) && KNOWN_NAMES.includes(meant) ? meant : undefined
}
