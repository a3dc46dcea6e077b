import { isUtf8 } from 'node:buffer'
import type { SqlStatement } from '@stocker/cqrs'
import type { ListenerRecord } from '@stocker/kafka-config'
import type { Migration } from '../database/migrate.ts'

/** A record that cannot be made a message, and why. */
export interface UndecodableRecord {
  readonly record: ListenerRecord
  readonly code: string
  readonly message: string
}

/** The table for {@link quarantine}: one row per record that a consumer could not decode, as it lay in the topic. */
export const quarantineMigrations: readonly Migration[] = [
  {
    name: 'service-kit-0001-undecodable-records',
    up: `
      create table undecodable_records (
        consumer text not null,
        topic text not null,
        partition integer not null,
        record_offset bigint not null,
        key bytea,
        value bytea,
        headers jsonb not null,
        code text not null,
        message text not null,
        received_at timestamptz not null default now(),
        primary key (consumer, topic, partition, record_offset)
      );
      comment on table undecodable_records is 'Records that a listener could not decode. They had no effect; the partition went on.';
      comment on column undecodable_records.headers is '[{"key", "text"}] where the value is UTF-8, otherwise [{"key", "base64"}]';
    `,
  },
]

const INSERT = `
  insert into undecodable_records (consumer, topic, partition, record_offset, key, value, headers, code, message)
  select $1, topic, partition, record_offset, key, value, headers, code, message
  from unnest($2::text[], $3::int[], $4::bigint[], $5::bytea[], $6::bytea[], $7::jsonb[], $8::text[], $9::text[])
    as rows (topic, partition, record_offset, key, value, headers, code, message)
  on conflict do nothing`

/** Puts the records aside, in the transaction that handles the rest of their batch; a record that is read again is already there. */
export function quarantine(consumer: string, records: readonly UndecodableRecord[]): SqlStatement {
  const column = <T>(of: (undecodable: UndecodableRecord) => T): T[] => records.map(of)
  return {
    name: 'service_kit_quarantine',
    text: INSERT,
    values: [
      consumer,
      column(({ record }) => record.topic),
      column(({ record }) => record.partition),
      column(({ record }) => String(record.offset)),
      column(({ record }) => hex(record.raw.key)),
      column(({ record }) => hex(record.raw.value)),
      column(({ record }) => JSON.stringify(record.headers.map(header))),
      column(({ code }) => storable(code)),
      column(({ message }) => storable(message)),
    ],
  }
}

/** bytea's text form: inside of an array parameter a Buffer would depend on how the driver writes arrays. */
function hex(bytes: Buffer | null): string | null {
  return bytes === null ? null : `\\x${bytes.toString('hex')}`
}

function header({ key, value }: { readonly key: string; readonly value: Buffer }): object {
  const readable = isUtf8(value) && !value.includes(0)
  return { key: storable(key), ...(readable ? { text: value.toString('utf8') } : { base64: value.toString('base64') }) }
}

/** PostgreSQL stores neither NUL nor unpaired surrogates, and a message may quote the record that holds them. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
