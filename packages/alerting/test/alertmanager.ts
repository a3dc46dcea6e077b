import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../../../test/servers.ts'
import type { Labels } from '../src/index.ts'

/** A running Alertmanager. */
export interface Alertmanager extends AsyncDisposable {
  /** Lets them fire. */
  fire(alerts: readonly Labels[]): Promise<void>
  /** Fingerprints of those that it holds back, and by which alerts, as far as it says. */
  inhibited(): Promise<ReadonlyMap<string, readonly string[]>>
}

export async function startAlertmanager(program: string, config: string): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'))
  writeFileSync(join(folder, 'alertmanager.yml'), config)
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(program, [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    '--cluster.listen-address=',
  ])
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
    rmSync(folder, { recursive: true })
  }
  const alerts = `http://${address}/api/v2/alerts`
  const answers = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(output)
    return (await fetch(alerts)).ok
  }
  try {
    await waitFor(answers, { what: 'Alertmanager', timeoutMs: 30_000 })
  } catch (error) {
    await stop()
    throw new Error(`Alertmanager does not start: ${output}`, { cause: error })
  }
  return {
    fire: async (labels) => {
      const response = await fetch(alerts, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(labels.map((each) => ({ labels: each }))),
      })
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    },
    inhibited: async () => {
      const all = (await (await fetch(alerts)).json()) as readonly {
        readonly fingerprint: string
        readonly status: { readonly inhibitedBy: readonly string[] }
      }[]
      return new Map(
        all
          .filter(({ status }) => status.inhibitedBy.length > 0)
          .map(({ fingerprint, status }) => [fingerprint, status.inhibitedBy]),
      )
    },
    [Symbol.asyncDispose]: stop,
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
