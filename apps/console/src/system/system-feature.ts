import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { observeLocks } from '../watched-locks.ts'
import { createControl } from './control-client.ts'
import type { FaultDesk } from './fault-desk.ts'
import { createFaultDesk } from './fault-desk.ts'
import { createLogFiles } from './logs/log-files.ts'
import { logsChannel } from './logs/logs-channel.ts'
import { logsPage } from './logs/logs-page.ts'
import { createSystemActions } from './system-actions.ts'
import type { SystemDesk } from './system-desk.ts'
import { createSystemDesk } from './system-desk.ts'
import { systemPage } from './system-page.ts'
import { systemRoutes } from './system-routes.ts'

const LOOK_MS = 2_000

/** How services, broker and databases are; their logs; and what developers do to them. `desk` and `faults`: for those who show them elsewhere. */
export function createSystemFeature(
  parts: ConsoleParts,
): ConsoleFeature & { readonly desk: SystemDesk; readonly faults: FaultDesk } {
  const { config, services, call, hub, actions: log } = parts
  const control = createControl(config.system.control)
  let ownUrl: string | undefined
  const desk = createSystemDesk({ ...parts, control, ownUrl: () => ownUrl })
  observeLocks(parts.metrics, services)
  const faults = createFaultDesk(services, call)
  const actions = createSystemActions(control, faults, log)
  const logs = createLogFiles(config.system.logsDirectory)
  hub.channel('system', {
    kind: 'latest',
    access: 'viewer',
    open: (_argument, _viewer, push) => {
      const look = (): void => {
        desk.read().then(push, () => {})
      }
      const timer = setInterval(look, LOOK_MS)
      look()
      return () => clearInterval(timer)
    },
  })
  hub.channel('logs', logsChannel(logs, parts.logger))
  return {
    desk,
    faults,
    routes: (app) => {
      app.addHook('onListen', async () => {
        const address = app.server.address()
        if (typeof address === 'object' && address !== null) ownUrl = `http://127.0.0.1:${address.port}`
      })
      systemRoutes(app, { desk, faults, actions, logs })
      systemPage(app, { desk, faults, actions, control, logs })
      logsPage(app, logs)
    },
  }
}
