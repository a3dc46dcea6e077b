import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'

/** Starts processes that are meant to die, and ends those that are left after each test. */
export const useCrashingProcesses = <Options, Message>(script: URL) => {
  const alive = new Set<ReturnType<typeof fork>>()
  afterEach(() => {
    for (const child of alive) child.kill('SIGKILL')
    alive.clear()
  })
  return (options: Options, onMessage: (message: Message) => void) => {
    const child = fork(fileURLToPath(script), [JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    alive.add(child)
    child.on('message', (message) => onMessage(message as Message))
    return child
  }
}
