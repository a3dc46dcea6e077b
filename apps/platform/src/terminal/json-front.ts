import type { Front, Screen } from './front.ts'

/** One JSON object per line, nothing else. */
export function createJsonFront(screen: Screen): Front {
  return {
    show: (event) => screen.write(`${JSON.stringify(event)}\n`),
    close: () => {},
  }
}
