import type { DeadLetterState, Selection } from '@stocker/dead-letters'
import { DEAD_LETTER_STATES, DEAD_LETTER_TRANSITIONS, REDRIVE_DEFAULTS } from '@stocker/dead-letters'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { Visitor } from '../access/viewer.ts'
import { Empty } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'
import type { PageContent } from '../web/page.ts'
import { page } from '../web/page.ts'
import { STATES } from './action-forms.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { letters, RedriveFields, STEPS } from './dialogs.ts'
import { answered } from './errors.ts'
import { refusedWords } from './group-page.ts'
import { CHOOSE_PATH, groupPath } from './paths.ts'
import { Id } from './schemas.ts'
import { STATE_WORDS } from './state-words.ts'

/** More than a page of the list has. */
const MOST_TICKED = 100

const ChosenQuery = Type.Object({
  fingerprint: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  state: Type.Optional(Type.Enum([...DEAD_LETTER_STATES])),
  ids: Type.Optional(Type.Array(Id, { maxItems: MOST_TICKED })),
  all: Type.Optional(Type.Literal('yes')),
  step: Type.Union([Type.Literal('redrive'), Type.Literal('park'), Type.Literal('discard'), Type.Literal('release')]),
})

interface Chosen {
  /** As the form of the deed sends it: only those that are ticked are named, so that what is done is what was seen. */
  readonly fields: Readonly<Record<string, string>>
  readonly selection: Selection
}

/** What would be done with the dead letters that were ticked: the dry run, and the form that does it. */
export function choosePage({ queries, redrives }: DeadLetterDesk, app: HttpApp): void {
  const redriveContent = async (chosen: Chosen, viewer: Visitor): Promise<PageContent> => {
    const plan = await answered(() => redrives.plan(chosen.selection))
    const [count, refused] = [plan.items.length, refusedWords(plan)]
    if (count === 0) return nothing('None of them can be sent again', refused, chosen)
    return asked(`Send ${letters(count)} again?`, chosen, viewer, {
      action: '/dead-letters/redrive',
      confirm: 'Send again',
      children: html`<${RedriveFields} count=${count} refused=${refused} defaults=${REDRIVE_DEFAULTS} />`,
    })
  }

  const stepContent = async (step: keyof typeof STEPS, chosen: Chosen, viewer: Visitor): Promise<PageContent> => {
    const { selection } = chosen
    const groups = await queries.groups(selection, 1)
    const counts = groups[0]?.byState
    const meant = selection.ids === undefined && selection.state === undefined ? STATES[step] : DEAD_LETTER_STATES
    const fits = (state: DeadLetterState): boolean =>
      DEAD_LETTER_TRANSITIONS[state][step] !== undefined && (meant as readonly string[]).includes(state)
    const of = (state: DeadLetterState): number => counts?.[state] ?? 0
    const count = DEAD_LETTER_STATES.filter(fits).reduce((sum, state) => sum + of(state), 0)
    const left = DEAD_LETTER_STATES.filter((state) => !fits(state) && of(state) > 0).map(
      (state) => `${numberText(of(state))}: ${STATE_WORDS[state].word}`,
    )
    const { title, what, confirm, kind } = STEPS[step]
    if (count === 0) return nothing(`There is nothing to ${step}`, left, chosen)
    return asked(title(count), chosen, viewer, {
      ...{ action: `/dead-letters/${step}`, confirm, kind },
      children: html`<p>${what}</p>${left.length > 0 && html`<p>Left out – ${left.join('; ')}.</p>`}`,
    })
  }

  page(app, {
    path: CHOOSE_PATH,
    access: 'operator',
    title: 'Dead letters',
    nav: 'dead-letters',
    query: ChosenQuery,
    render: ({ query: { fingerprint, state, ids = [], all, step } }, viewer) => {
      const cause = { fingerprint, ...(state !== undefined && { state }) }
      const chosen: Chosen =
        all === 'yes'
          ? { fields: cause, selection: cause }
          : { fields: { fingerprint, ids: ids.join(',') }, selection: { fingerprint, ids } }
      if (all === undefined && ids.length === 0) return nothing('Nothing is ticked', [], chosen)
      return step === 'redrive' ? redriveContent(chosen, viewer) : stepContent(step, chosen, viewer)
    },
  })
}

interface Deed {
  readonly action: string
  readonly confirm: string
  readonly kind?: 'primary' | 'danger'
  readonly children: VNode
}

function asked(
  title: string,
  { fields }: Chosen,
  viewer: Visitor,
  { action, confirm, kind = 'primary', children }: Deed,
): PageContent {
  return {
    title,
    lead: fields.ids === undefined ? 'All that match, on all pages.' : 'Those that you ticked.',
    body: html`<form method="post" action=${action} class="deed">
      ${children}
      <input type="hidden" name="_csrf" value=${viewer.csrfToken} />
      ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name=${name} value=${value} />`)}
      <label class="field">
        <span>Reason <small>goes to the audit</small></span>
        <input name="reason" required minlength="3" maxlength="500" autocomplete="off" autofocus />
      </label>
      <div class="actions">
        <a class="button" href=${groupPath(fields.fingerprint ?? '')}>Cancel</a>
        <button type="submit" class=${kind}>${confirm}</button>
      </div>
    </form>`,
  }
}

function nothing(title: string, why: readonly string[], { fields }: Chosen): PageContent {
  return {
    title,
    body: html`
      <${Empty}>${why.length === 0 ? 'Tick dead letters in the list, or all that match.' : `${why.join('; ')}.`}<//>
      <p><a class="button" href=${groupPath(fields.fingerprint ?? '')}>Back to the list</a></p>`,
  }
}
