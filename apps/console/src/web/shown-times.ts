import { signal } from '@preact/signals'
import type { Times } from './preferences.ts'

/** What the switch at the top says. On the server always UTC: it does not know the viewer's clock, and the browser draws anew. */
export const timesShown = signal<Times>('utc')
