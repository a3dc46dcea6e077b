import { freePort, isPortFree } from '@stocker/server-process'
import { PlatformError } from './errors.ts'
import { portOwner } from './port-owner.ts'

export interface PortWish {
  readonly name: string
  /** 0: any free one. */
  readonly port: number
  /** The user asked for exactly this port: another one is no answer. */
  readonly explicit: boolean
}

export interface PortTaken {
  readonly name: string
  readonly port: number
  readonly owner: string | null
  readonly using: number
}

/**
 * A port for each wish. A default that is taken moves to the next free port and is reported.
 * @throws PlatformError PORT_TAKEN for a taken port that was asked for explicitly
 */
export async function choosePorts(
  wishes: readonly PortWish[],
  onTaken: (taken: PortTaken) => void,
): Promise<ReadonlyMap<string, number>> {
  const chosen = new Map<string, number>()
  const used = new Set(wishes.map((wish) => wish.port))
  for (const { name, port, explicit } of wishes) {
    if (port !== 0 && (await isFree(port))) {
      chosen.set(name, port)
      continue
    }
    if (port === 0) {
      chosen.set(name, await anyFree(used))
    } else {
      const owner = await portOwner(port)
      if (explicit) {
        throw new PlatformError(
          'PORT_TAKEN',
          `port ${port} for ${name} is taken${owner === null ? '' : ` by ${owner}`}: stop that process or choose another port`,
        )
      }
      const using = await nextFree(port + 1, used)
      chosen.set(name, using)
      onTaken({ name, port, owner, using })
    }
    used.add(chosen.get(name) ?? 0)
  }
  return chosen
}

/** Free on the loopback address, which everything here listens on, and not held by somebody on all addresses. */
async function isFree(port: number): Promise<boolean> {
  return (await isPortFree(port, '127.0.0.1')) && (await isPortFree(port, '0.0.0.0'))
}

async function anyFree(used: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = await freePort('127.0.0.1')
    if (!used.has(port)) return port
  }
}

async function nextFree(from: number, used: ReadonlySet<number>): Promise<number> {
  for (let port = from; port <= 65_535; port += 1) {
    if (!used.has(port) && (await isFree(port))) return port
  }
  return anyFree(used)
}
