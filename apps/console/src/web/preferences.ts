/** How a viewer wants to see the pages: kept in cookies, so that the server draws them so at once. */
export interface Preferences {
  readonly theme: Theme
  readonly times: Times
}

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export const TIMES = ['utc', 'local'] as const
/** Whether times are shown in UTC or as the clock on the wall says. */
export type Times = (typeof TIMES)[number]

const oneOf = <T extends string>(values: readonly T[], value: string | undefined, otherwise: T): T =>
  values.find((known) => known === value) ?? otherwise

/** From the header `cookie`; what is unknown in it counts as not chosen. */
export function preferencesOf(cookies: string | undefined): Preferences {
  const chosen = new Map(
    (cookies ?? '').split(';').map((pair) => {
      const [name = '', value = ''] = pair.split('=')
      return [name.trim(), value.trim()]
    }),
  )
  return { theme: oneOf(THEMES, chosen.get('theme'), 'auto'), times: oneOf(TIMES, chosen.get('times'), 'utc') }
}
