import type { AddressInfo } from 'node:net'
import { ServiceKitError } from '../errors.ts'
import type { HttpApp } from './create-http-app.ts'

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** Where an app that listens is reached from its own machine: `http://127.0.0.1:8083`. @throws ServiceKitError STOPPED when it does not listen */
export function localUrl(app: HttpApp): string {
  const place = app.server.address() as AddressInfo | null
  if (place === null) throw new ServiceKitError('STOPPED', 'The app does not listen.')
  const { address, family, port } = place
  if (ANY_ADDRESS.has(address)) return `http://127.0.0.1:${port}`
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`
}
