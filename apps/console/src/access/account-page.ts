import type { HttpApp } from '@stocker/service-kit'
import { Section } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { page } from '../web/page.ts'
import type { Role } from './roles.ts'
import { mayActAs, ROLES } from './roles.ts'
import type { Visitor } from './viewer.ts'

const MAY: Readonly<Record<Role, string>> = {
  viewer: 'sees states, lag and alerts',
  support: 'and finds orders and dead letters; personal values are hidden',
  operator: 'and acts, and may see one thing unmasked for a reason',
  developer: 'and injects faults and publishes examples',
}

/** Who one is, how the console looks to others, and the way out. */
export function accountPage(app: HttpApp): void {
  page(app, {
    path: '/account',
    access: 'viewer',
    title: 'You',
    render: (_request, viewer) => ({
      lead: `You are ${viewer.name}, and are seen as ${viewer.role}.`,
      json: '/ops/api/session',
      body: html`<${ViewAs} viewer=${viewer} /><${LogOut} viewer=${viewer} />`,
    }),
  })
}

function ViewAs({ viewer }: { readonly viewer: Visitor }): VNode {
  const roles = ROLES.filter((role) => mayActAs(viewer.ownRole, role))
  return html`<${Section} id="view-as" title="What you may do" note=${`with the role ${viewer.ownRole}`}>
    <dl class="role-list">${roles.map((role) => html`<dt>${role}</dt><dd>${MAY[role]}</dd>`)}</dl>
    ${
      viewer.csrfToken !== undefined &&
      roles.length > 1 &&
      html`<form method="post" action="/view-as" class="filters">
        <input type="hidden" name="_csrf" value=${viewer.csrfToken} />
        <input type="hidden" name="next" value="/account" />
        <label>Look at the console as
          <select name="role">${roles.map((role) => html`<option value=${role} selected=${role === viewer.role}>${role}</option>`)}</select>
        </label>
        <button type="submit">Look</button>
      </form>`
    }
  <//>`
}

function LogOut({ viewer }: { readonly viewer: Visitor }): VNode | null {
  if (viewer.csrfToken === undefined) return null
  return html`<${Section} id="log-out" title="Log out">
    <form method="post" action="/logout">
      <input type="hidden" name="_csrf" value=${viewer.csrfToken} />
      <button type="submit">Log out</button>
    </form>
  <//>`
}
