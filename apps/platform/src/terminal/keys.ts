import { spawn } from 'node:child_process'

export const KEYS_HINT = 'o open console   l logs   s summary   q quit'

export interface KeyActions {
  open(): void
  logs(): void
  summary(): void
  /** q, and Ctrl-C: in raw mode the terminal makes no signal of it. */
  quit(): void
}

/** Listens to single keys. Returns the way to give the terminal back. */
export function listenToKeys(stdin: NodeJS.ReadStream, actions: KeyActions): () => void {
  const bindings: Readonly<Record<string, () => void>> = {
    o: actions.open,
    l: actions.logs,
    s: actions.summary,
    q: actions.quit,
    '\x03': actions.quit,
    '\x04': actions.quit,
  }
  const onData = (data: Buffer): void => {
    for (const key of data.toString('utf8')) bindings[key]?.()
  }
  stdin.setRawMode(true)
  stdin.on('data', onData)
  stdin.resume()
  return () => {
    stdin.off('data', onData)
    stdin.setRawMode(false)
    stdin.pause()
  }
}

/** Opens a page in the browser, if there is one. */
export function openInBrowser(url: string): void {
  const command = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open'
  const opener = spawn(command, [url], { stdio: 'ignore', detached: true })
  opener.on('error', () => {})
  opener.unref()
}
