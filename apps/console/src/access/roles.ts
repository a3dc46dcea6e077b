/**
 * Who may do what; each role may do what the ones before it may.
 * - viewer: sees states, lag, alerts; never a personal value
 * - support: finds orders and tells customers about them; personal values stay masked
 * - operator: acts (redrive, pause, reset, silence, cancel), and may unmask with a reason, which is audited
 * - developer: injects faults, publishes examples
 */
export const ROLES = ['viewer', 'support', 'operator', 'developer'] as const
export type Role = (typeof ROLES)[number]

export const mayActAs = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed)

export interface Viewer {
  /** Who it is, for the audit. */
  readonly name: string
  readonly role: Role
}

/** What `config.access` of the console's routes says; services have other words beside `public`. */
export const isConsoleAccess = (access: string | undefined): access is Role | 'public' =>
  access === 'public' || (ROLES as readonly (string | undefined)[]).includes(access)

declare module 'fastify' {
  /** The least role that a route asks for, or `public`: nobody needs to log in. A route of the console that says none of them is refused at start. */
  interface RouteAccessWords extends Record<Role, true> {}
}
