import type { EventName, TopicName } from '@stocker/contracts'
import { EVENTS, fieldsOf, sampleFile, TOPIC_NAMES, TOPICS } from '@stocker/contracts'
import { code, table } from './markdown.ts'

const NOTE = '<!-- Made from contracts/src by `npm run docs`; change it there. -->'

const ENVELOPE: readonly (readonly [string, string])[] = [
  ['eventId', 'UUIDv7, the same when an event is published again; without it `<topic>-<partition>-<offset>`'],
  ['eventType', 'the name of the event; without it the default type of the topic'],
  ['eventVersion', 'from 1; without it 1'],
  ['occurredAt', "ISO 8601 in UTC; without it the record's timestamp"],
  ['correlationId', 'the order or cart that it all belongs to; without it the key'],
  ['causationId', 'the event that caused this one, or null'],
]

/** Who writes and who reads which events: the platform's flow on one page. */
export function flowTable(): string {
  return table(
    ['topic', 'written by', 'key', 'events', 'read by'],
    TOPIC_NAMES.map((name) => {
      const { owner, key, events, defaultType, readers } = TOPICS[name]
      const list = events.map((event) => (event === defaultType ? `**${event}**` : event))
      return [name, owner, key, list.join(', '), readers.join(', ')]
    }),
  )
}

/** Everything about topics and events, field by field. */
export function eventsDocument(): string {
  return [
    '# Events',
    NOTE,
    'The type of a record that names none is the bold one of its topic.',
    flowTable(),
    '## Topics',
    table(
      ['topic', 'what', 'partitions', 'settings'],
      TOPIC_NAMES.map((name) => {
        const { description, partitions, configs } = TOPICS[name]
        const settings = Object.entries(configs).map(([key, value]) => code(`${key}=${value}`))
        return [name, description, String(partitions), settings.join(' ')]
      }),
    ),
    '## Beside the fields of its own, each event has',
    table(
      ['field', 'meaning'],
      ENVELOPE.map(([field, meaning]) => [code(field), meaning]),
    ),
    ...TOPIC_NAMES.map(topicSection),
  ].join('\n\n')
}

function topicSection(name: TopicName): string {
  return [`## ${name}`, ...TOPICS[name].events.map(eventSection)].join('\n\n')
}

function eventSection(name: EventName): string {
  const { description, version } = EVENTS[name]
  return [
    `### ${name}`,
    `${description}. Version ${version}, [sample](../../contracts/samples/${sampleFile(name, version)}).`,
    table(
      ['field', 'holds', 'meaning', ''],
      fieldsOf(name).map(({ path, holds, description: meaning, required, personal }) => [
        code(path),
        holds,
        meaning,
        [required ? '' : 'optional', personal ? 'personal' : ''].filter((mark) => mark !== '').join(', '),
      ]),
    ),
  ].join('\n\n')
}
