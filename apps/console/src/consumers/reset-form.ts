import type { PlannedReset } from '@stocker/kafka-config/monitor'
import { ConfirmDialog, Notice, OpenButton, Section, Table } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'
import type { GroupDetail } from './consumer-views.ts'
import { groupPage } from './paths.ts'
import type { TargetFields } from './reset-target.ts'

/** What the form asks, as texts; the same in the address of a preview and in the body of the reset. */
export interface ResetFields {
  readonly to?: string
  /** Number, time or nothing, as `to` wants it. */
  readonly value?: string
  readonly topic?: string
}

const TARGETS: readonly { readonly to: TargetFields['to']; readonly name: string; readonly value?: string }[] = [
  { to: 'earliest', name: 'the first record that is there' },
  { to: 'latest', name: 'the end: skip what waits' },
  { to: 'timestamp', name: 'the first record since a time', value: '2026-11-27T10:30:00Z' },
  { to: 'duration', name: 'the first record of the last … minutes', value: '30' },
  { to: 'offset', name: 'an offset', value: '1200' },
  { to: 'shift', name: 'so many records on, or back with a minus', value: '-100' },
]

/** The form's texts as the API has them; NaN where a number is none, which it refuses. */
export function targetFields({ to = '', value = '' }: ResetFields): TargetFields {
  const number = value.trim() === '' ? Number.NaN : Number(value)
  const known = TARGETS.find((target) => target.to === to)?.to ?? 'earliest'
  switch (known) {
    case 'offset':
      return { to: known, ...(Number.isInteger(number) && number >= 0 && { offset: number }) }
    case 'timestamp':
      return { to: known, at: value.trim() }
    case 'duration':
      return { to: known, ...(number >= 0 && { minutes: number }) }
    case 'shift':
      return { to: known, ...(Number.isInteger(number) && { by: number }) }
    default:
      return { to: known }
  }
}

export interface ResetSectionProps {
  readonly group: GroupDetail
  readonly fields: ResetFields
  /** What the asked reset would do. */
  readonly plan: readonly PlannedReset[] | undefined
  /** Why there is none although it was asked for. */
  readonly refusal: string | undefined
  readonly csrf: string | undefined
}

/** First a look at what would change; then, while nobody is in the group, the reset itself, with a reason. */
export function ResetSection({ group, fields, plan, refusal, csrf }: ResetSectionProps): VNode {
  const page = groupPage(group.group)
  const changed = plan?.filter(({ before, after }) => before !== after) ?? []
  return html`<${Section} id="reset" title="Set where it goes on" note="offsets">
    <form class="filters" method="get" action=${`${page}#reset`}>
      <label>
        Go on at
        <select name="to">
          ${TARGETS.map(({ to, name }) => html`<option value=${to} selected=${to === fields.to}>${name}</option>`)}
        </select>
      </label>
      <label>
        Time, minutes, offset or number
        <input name="value" value=${fields.value ?? ''} placeholder="2026-11-27T10:30:00Z, 30, 1200, -100" size="30" />
      </label>
      <label>
        Topic
        <select name="topic">
          <option value="">all that it reads</option>
          ${group.topics.map((topic) => html`<option selected=${topic === fields.topic}>${topic}</option>`)}
        </select>
      </label>
      <button>Show what would change</button>
    </form>
    ${refusal !== undefined && html`<${Notice} kind="warn">${refusal}<//>`}
    ${
      plan !== undefined &&
      html`
        ${Table<PlannedReset>({
          caption: 'What would change',
          columns: [
            { head: 'Partition', cell: ({ topic, partition }) => `${topic}/${partition}` },
            {
              head: 'Goes on at',
              kind: 'number',
              cell: ({ before }) => (before === null ? 'never committed' : numberText(before)),
            },
            { head: 'Would go on at', kind: 'number', cell: ({ after }) => numberText(after) },
            { head: 'That is', cell: (each) => differenceOf(each) },
          ],
          rows: plan,
          keyOf: ({ topic, partition }) => `${topic}/${partition}`,
          empty: '',
        })}
        ${
          group.members > 0
            ? html`<${Notice} kind="info">
                The group has ${group.members === 1 ? 'a member' : `${group.members} members`}, which would overwrite its offsets. Stop its listener first.
              <//>`
            : changed.length === 0
              ? html`<${Notice} kind="info">Nothing would change.<//>`
              : html`<p><${OpenButton} dialog="reset-dialog" kind="danger">Set these offsets…<//></p>
                  <${ConfirmDialog}
                    id="reset-dialog"
                    title=${`Set the offsets of ${group.group}?`}
                    action=${`${page}/offsets`}
                    csrf=${csrf}
                    fields=${{ to: fields.to ?? '', value: fields.value ?? '', topic: fields.topic ?? '' }}
                    confirm=${`Set ${changed.length === 1 ? 'one offset' : `${changed.length} offsets`}`}
                    kind="danger"
                  >
                    <p>
                      ${changed.length === 1 ? 'One partition goes' : `${changed.length} partitions go`} on elsewhere. What lies before is not handled again, what lies behind is read
                      again; a service of the platform ignores what it has handled before.
                    </p>
                  <//>`
        }`
    }
  <//>`
}

function differenceOf({ before, after, logStart }: PlannedReset): string {
  const steps = Number(after - (before ?? logStart))
  if (steps === 0) return 'as it is'
  return steps > 0 ? `${numberText(steps)} records skipped` : `${numberText(-steps)} records read again`
}
