import type { Gate, GateRow } from './gate.ts'
import { UNIQUE_VIOLATION } from './gate.ts'

/** Remembers where an accepted command's events are, not the events: the first result can be read again from the stream. */
export interface AcceptedRow extends GateRow {
  readonly fingerprint: string
  readonly stream: string
  /** Of the stream before and after the command. */
  readonly fromVersion: number
  readonly toVersion: number
}

export const acceptedCommands: Gate<AcceptedRow> = {
  name: 'accepted commands',
  conflictsOn: UNIQUE_VIOLATION,
  look: (keys) => ({
    text: `
      select key, fingerprint, stream, from_version, to_version from accepted_commands where key = any($1::text[])`,
    values: [keys],
  }),
  passed: (_keys, found) =>
    new Map(
      found.map(([key, fingerprint, stream, from, to]) => [
        key as string,
        {
          key: key as string,
          fingerprint: fingerprint as string,
          stream: stream as string,
          fromVersion: Number(from),
          toVersion: Number(to),
        },
      ]),
    ),
  write: (rows) => ({
    text: `
      insert into accepted_commands (key, fingerprint, stream, from_version, to_version)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[])`,
    values: [
      rows.map(({ key }) => key),
      rows.map(({ fingerprint }) => fingerprint),
      rows.map(({ stream }) => stream),
      rows.map(({ fromVersion }) => fromVersion),
      rows.map(({ toVersion }) => toVersion),
    ],
  }),
}
