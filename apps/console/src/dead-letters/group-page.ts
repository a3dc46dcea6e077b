import type { RedrivePlan } from '@stocker/dead-letters'
import { DEAD_LETTER_STATES, REDRIVE_DEFAULTS, REFUSALS } from '@stocker/dead-letters'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { maskerFor } from '../access/masking.ts'
import { mayActAs } from '../access/roles.ts'
import type { Visitor } from '../access/viewer.ts'
import { messagePath } from '../messages/paths.ts'
import { Age, Facts, OpenButton, Pager, Section, ShortId, Sparkline, Table } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'
import { page } from '../web/page.ts'
import { ChooseForm, Tick } from './choose-form.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { ActionDialog, RedriveDialog } from './dialogs.ts'
import { deadLetterProblem } from './errors.ts'
import { StateCounts, shortClass } from './groups-page.ts'
import { deadLetterView, groupView } from './masked-views.ts'
import { deadLetterPath, groupPath } from './paths.ts'
import { StateMark } from './state-words.ts'
import { readTrends, TREND_WORDS } from './trends.ts'

const PAGE = 50
const ByFingerprint = Type.Object({ fingerprint: Type.String({ pattern: '^[0-9a-f]{16}$' }) })
const Chosen = Type.Object({
  state: Type.Optional(Type.Enum([...DEAD_LETTER_STATES])),
  before: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
})

/** One cause: what failed, which dead letters there are of it, and what can be done about all of them. */
export function groupPage({ queries, figures, redrives }: DeadLetterDesk, app: HttpApp): void {
  page(app, {
    path: '/dead-letters/groups/:fingerprint',
    access: 'support',
    title: 'Dead letters',
    nav: 'dead-letters',
    params: ByFingerprint,
    query: Chosen,
    render: async (request, viewer) => {
      const { fingerprint } = request.params
      const { state, before } = request.query
      const masker = maskerFor(request)
      const [found] = await queries.groups({ fingerprint }, 1)
      if (!found)
        throw deadLetterProblem('DEAD_LETTER_NOT_FOUND', `There is no dead letter of the cause ${fingerprint}`)
      const group = groupView(found, masker)
      const letters = await queries.list(
        { fingerprint, ...(state && { state }) },
        { limit: PAGE, ...(before !== undefined && { before }) },
      )
      const plan = await redrives.plan({ fingerprint })
      const trend = (await readTrends(figures, [group])).get(fingerprint) ?? []
      const last = letters.length === PAGE ? letters.at(-1) : undefined
      return {
        title: shortClass(group.errorClass),
        lead: group.errorMessage,
        json: `/ops/api/dead-letters?${new URLSearchParams({ fingerprint, ...(state && { state }) })}`,
        actions: html`<${GroupActions} fingerprint=${fingerprint} counts=${group.byState} plan=${plan} viewer=${viewer} />`,
        body: html`
          <${Facts} items=${[
            [
              'Group that failed',
              group.consumerGroup === '' ? 'not named: it cannot be sent again' : group.consumerGroup,
            ],
            ['Topic', group.topic],
            ['Dead letters', html`<${StateCounts} counts=${group.byState} />`],
            ['First seen', html`<${Age} since=${group.firstSeenAt} /> ago`],
            ['Last seen', html`<${Age} since=${group.lastSeenAt} /> ago`],
            ['Trend', Sparkline({ values: trend, label: `How many came ${TREND_WORDS}` })],
            ['Error class', html`<code>${group.errorClass}</code>`],
          ]} />
          <${Section} id="letters" title="Dead letters" note="the newest first"
            actions=${html`<${StateLinks} fingerprint=${fingerprint} counts=${group.byState} chosen=${state} />`}>
            ${
              mayActAs(viewer.role, 'operator') && letters.length > 0
                ? html`<${ChooseForm} fingerprint=${fingerprint} state=${state} rows=${letters.length} matching=${state === undefined ? group.deadLetters : group.byState[state]}>
                    ${LetterTable(
                      letters.map((letter) => deadLetterView(letter, masker)),
                      true,
                    )}
                  <//>`
                : LetterTable(
                    letters.map((letter) => deadLetterView(letter, masker)),
                    false,
                  )
            }
            <${Pager}
              first=${before === undefined ? undefined : groupPath(fingerprint)}
              next=${last && `${groupPath(fingerprint)}?${new URLSearchParams({ before: last.id, ...(state && { state }) })}`} />
          <//>
        `,
      }
    },
  })
}

interface GroupActionsProps {
  readonly fingerprint: string
  readonly counts: Readonly<Record<string, number>>
  readonly plan: RedrivePlan
  readonly viewer: Visitor
}

function GroupActions({ fingerprint, counts, plan, viewer }: GroupActionsProps): VNode | null {
  if (!mayActAs(viewer.role, 'operator')) return null
  const selection = { fingerprint }
  const fresh = counts.NEW ?? 0
  const aside = (counts.PARKED ?? 0) + (counts.DISCARDED ?? 0)
  const shared = { selection, csrf: viewer.csrfToken }
  return html`
    ${
      plan.items.length > 0
        ? html`<${OpenButton} dialog="redrive" kind="primary">Redrive ${numberText(plan.items.length)}…<//>
            <${RedriveDialog} ...${shared} count=${plan.items.length} refused=${refusedWords(plan)} defaults=${REDRIVE_DEFAULTS} />`
        : html`<button type="button" disabled title=${refusedWords(plan).join('; ') || 'None of them is new'}>Redrive…</button>`
    }
    ${
      fresh > 0 &&
      html`<${OpenButton} dialog="park">Park…<//><${ActionDialog} ...${shared} step="park" count=${fresh} />
        <${OpenButton} dialog="discard" kind="danger">Discard…<//><${ActionDialog} ...${shared} step="discard" count=${fresh} />`
    }
    ${aside > 0 && html`<${OpenButton} dialog="release">Release…<//><${ActionDialog} ...${shared} step="release" count=${aside} />`}
  `
}

/** Why some are left out, each reason once with how many. */
export function refusedWords({ refused }: RedrivePlan): readonly string[] {
  const counts = Map.groupBy(refused, ({ refusal }) => refusal)
  return [...counts].map(([refusal, items]) => `${numberText(items.length)}: ${REFUSALS[refusal]}`)
}

interface StateLinksProps {
  readonly fingerprint: string
  readonly counts: Readonly<Record<string, number>>
  readonly chosen: string | undefined
}

function StateLinks({ fingerprint, counts, chosen }: StateLinksProps): VNode {
  const states = DEAD_LETTER_STATES.filter((state) => (counts[state] ?? 0) > 0)
  return html`<nav class="state-links" aria-label="States">
    <a href=${groupPath(fingerprint)} aria-current=${chosen === undefined ? 'true' : undefined}>all</a>
    ${states.map((state) => html`<a href=${`${groupPath(fingerprint)}?state=${state}`} aria-current=${chosen === state ? 'true' : undefined}><${StateMark} state=${state} /></a>`)}
  </nav>`
}

type Letter = ReturnType<typeof deadLetterView>

function LetterTable(letters: readonly Letter[], tickable: boolean): VNode {
  return Table<Letter>({
    caption: 'Dead letters, the newest first',
    rows: letters,
    keyOf: ({ id }) => id,
    empty: 'None in this state.',
    columns: [
      {
        head: 'Dead letter',
        cell: ({ id }) => html`${tickable && html`<${Tick} id=${id} />`}<a href=${deadLetterPath(id)}>${id}</a>`,
      },
      { head: 'State', cell: ({ state }) => html`<${StateMark} state=${state} />` },
      { head: 'Key', cell: ({ key }) => (key === null ? '–' : html`<${ShortId} id=${key} />`) },
      {
        head: 'Event',
        cell: ({ eventType, edited }) => html`${eventType ?? '–'}${edited && html` <span class="badge">edited</span>`}`,
      },
      {
        head: 'Where it failed',
        cell: (letter) =>
          html`<a href=${messagePath(letter)}><code>${letter.topic} ${letter.partition}@${letter.offset}</code></a>`,
      },
      {
        head: 'Sent again',
        kind: 'number',
        cell: ({ redrives, redrivesLeft }) => `${redrives} of ${redrives + redrivesLeft}`,
      },
      { head: 'Age', cell: ({ firstSeenAt }) => html`<${Age} since=${firstSeenAt} />` },
      { head: 'Error', kind: 'grow', cell: ({ errorMessage }) => errorMessage },
    ],
  })
}
