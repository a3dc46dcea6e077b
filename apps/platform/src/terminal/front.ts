import type { PlatformListener } from '../events.ts'

/** One way to show what a platform does. */
export interface Front {
  readonly show: PlatformListener
  /** Ends everything that moves on the screen. */
  close(): void
}

/** Where lines go, and what the screen behind it can do. */
export interface Screen {
  write(text: string): void
  /** A person watches: spinner, keys. */
  readonly interactive: boolean
  readonly colour: boolean
  /** Width, for lines that are drawn over: one that wraps could not be erased. */
  readonly columns: number
}

/** A pipe, CI=1 or NO_COLOR get plain lines. */
export function screenOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Screen {
  const plain = isSet(environment.CI) || isSet(environment.NO_COLOR) || environment.TERM === 'dumb'
  const interactive = stream.isTTY === true && !plain
  return {
    write: (text) => stream.write(text),
    interactive,
    colour: interactive,
    get columns() {
      return stream.columns ?? 80
    },
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
