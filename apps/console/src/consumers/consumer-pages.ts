import type { HttpApp } from '@stocker/service-kit'
import { ProblemError } from '@stocker/service-kit'
import { Type } from 'typebox'
import { maskerFor } from '../access/masking.ts'
import { mayActAs } from '../access/roles.ts'
import type { Visitor } from '../access/viewer.ts'
import { viewerOf } from '../access/viewer.ts'
import { ConfirmDialog, Notice, OpenButton } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { page } from '../web/page.ts'
import type { ConsumerActions } from './consumer-actions.ts'
import { Island as ConsumerGroup } from './consumer-group.island.ts'
import { Island as ConsumerGroups } from './consumer-groups.island.ts'
import { ByGroup, CONSUMERS_API, resetOrderOf } from './consumer-routes.ts'
import type { GroupDetail } from './consumer-views.ts'
import { detailOf, summaryOf } from './consumer-views.ts'
import type { ConsumerWatch } from './consumer-watch.ts'
import { shownGroups, wordOf } from './group-words.ts'
import { CONSUMERS_PAGE, groupPage } from './paths.ts'
import type { ResetFields } from './reset-form.ts'
import { ResetSection, targetFields } from './reset-form.ts'

const Fields = {
  to: Type.Optional(Type.String({ maxLength: 20 })),
  value: Type.Optional(Type.String({ maxLength: 40 })),
  topic: Type.Optional(Type.String({ maxLength: 255 })),
}
const Reason = Type.String({ minLength: 3, maxLength: 500 })

export function consumerPages(app: HttpApp, watch: ConsumerWatch, actions: ConsumerActions): void {
  page(app, {
    path: CONSUMERS_PAGE,
    access: 'viewer',
    title: 'Consumers',
    nav: 'consumers',
    query: Type.Object({ q: Type.String({ maxLength: 255, default: '' }) }),
    render: ({ query: { q: search } }) => {
      const { problems, brokers, atMs } = watch.latest
      return {
        json: CONSUMERS_API,
        text: `${CONSUMERS_API}.txt`,
        body: html`
          ${atMs > 0 && brokers.length === 0 && html`<${Notice} kind="bad">The cluster does not answer: ${problems[0]}<//>`}
          <form class="filters" role="search" action=${CONSUMERS_PAGE}>
            <label>Group, service or topic <input type="search" name="q" value=${search} /></label>
            <button>Search</button>
          </form>
          ${island('consumer-groups', ConsumerGroups, { search, shown: shownGroups(watch.groups().map(summaryOf), search) })}`,
      }
    },
  })

  page(app, {
    path: `${CONSUMERS_PAGE}/:group`,
    access: 'viewer',
    title: 'Consumer group',
    nav: 'consumers',
    params: ByGroup,
    query: Type.Object(Fields),
    render: async (request, viewer) => {
      const { params, query } = request
      const group = detailOf(actions.find(params.group), maskerFor(request))
      const operates = mayActAs(viewer.role, 'operator')
      const { plan, refusal } = operates ? await previewOf(actions, params.group, query) : {}
      return {
        title: group.group,
        lead: leadOf(group),
        json: `${CONSUMERS_API}/${encodeURIComponent(group.group)}`,
        ...(operates && group.service !== undefined && { actions: Turn({ group, viewer }) }),
        body: html`
          ${island('consumer-group', ConsumerGroup, { group })}
          ${operates && html`<${ResetSection} group=${group} fields=${query} plan=${plan} refusal=${refusal} csrf=${viewer.csrfToken} />`}`,
      }
    },
  })

  for (const step of ['stop', 'start'] as const) {
    app.post(
      `${CONSUMERS_PAGE}/:group/${step}`,
      {
        config: { access: 'operator', waits: true },
        schema: { hide: true, params: ByGroup, body: Type.Object({ reason: Reason }) },
      },
      async (request, reply) => {
        const { params, body } = request
        await actions.turn(step, params.group, { viewer: viewerOf(request), reason: body.reason })
        return reply.redirect(groupPage(params.group), 303)
      },
    )
  }

  app.post(
    `${CONSUMERS_PAGE}/:group/offsets`,
    {
      config: { access: 'operator' },
      schema: { hide: true, params: ByGroup, body: Type.Object({ ...Fields, reason: Reason }) },
    },
    async (request, reply) => {
      const { params, body } = request
      await actions.reset(params.group, orderOf(body), { viewer: viewerOf(request), reason: body.reason })
      return reply.redirect(groupPage(params.group), 303)
    },
  )
}

const orderOf = (fields: ResetFields) =>
  resetOrderOf({
    ...targetFields(fields),
    ...(fields.topic !== undefined && fields.topic !== '' && { topic: fields.topic }),
  })

/** Nothing while nothing was asked for. */
async function previewOf(actions: ConsumerActions, group: string, fields: ResetFields) {
  if (fields.to === undefined) return {}
  try {
    return { plan: await actions.plan(group, orderOf(fields)) }
  } catch (error) {
    if (error instanceof ProblemError) return { refusal: error.message }
    throw error
  }
}

const leadOf = (group: GroupDetail): string => {
  const by = group.service === undefined ? 'Belongs to no service that the console watches' : `Read by ${group.service}`
  return `${by}; ${wordOf(group).word}.`
}

function Turn({ group, viewer }: { readonly group: GroupDetail; readonly viewer: Visitor }): VNode {
  const step = group.stopped ? 'start' : 'stop'
  const verb = group.stopped ? 'Start' : 'Stop'
  return html`<${OpenButton} dialog="turn" kind=${group.stopped ? 'primary' : 'plain'}>${verb} listener…<//>
    <${ConfirmDialog}
      id="turn"
      title=${`${verb} the listener of ${group.service}?`}
      action=${`${groupPage(group.group)}/${step}`}
      csrf=${viewer.csrfToken}
      confirm=${`${verb} the listener`}
      kind=${group.stopped ? 'primary' : 'danger'}
    >
      <p>
        ${
          group.stopped
            ? 'It joins its group again and handles what has been waiting.'
            : 'It finishes its batch and leaves its group; what comes waits in the topics until it is started again, or until its process is. Its API goes on.'
        }
      </p>
    <//>`
}
