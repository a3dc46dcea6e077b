import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import type { HttpApp, Logger, TokenRules } from '@stocker/service-kit'
import { createTokenVerifier } from '@stocker/service-kit'
import type { Pool } from 'pg'
import type { ActionLog } from '../audit/action-log.ts'
import type { ConsoleFeature } from '../feature.ts'
import { accessRoutes } from './access-routes.ts'
import type { AccessConfig } from './access-settings.ts'
import { accountPage } from './account-page.ts'
import { createEndedSessions } from './ended-sessions.ts'
import { readForms } from './forms.ts'
import { createGate } from './gate.ts'
import { guardRoutes } from './guard.ts'
import { createFollowLink } from './login-link.ts'
import { createRouteList } from './route-list.ts'
import { createUnmasked } from './unmask.ts'
import { unmaskRoutes } from './unmask-routes.ts'

export interface AccessParts {
  /** `tokens`: whose JSON Web Tokens count, beside the console's own. */
  readonly config: { readonly access: AccessConfig; readonly tokens?: TokenRules | undefined }
  readonly database: { readonly pool: Pool }
  readonly logger: Logger
  readonly actions: ActionLog
}

/** Who may use the console. Its routes come first: what is registered before it is not guarded. */
export function createAccessFeature({
  config: { access, tokens },
  database: { pool },
  logger,
  actions,
}: AccessParts): Required<ConsoleFeature> {
  const made = access.tokens.length === 0 ? randomBytes(24).toString('base64url') : undefined
  const config = made === undefined ? access : { ...access, tokens: [{ role: 'developer' as const, token: made }] }
  const now = Date.now
  const unmasked = createUnmasked(config.unmaskMs)
  const verifier = tokens && createTokenVerifier(tokens)
  const ended = createEndedSessions({ pool, logger, now })
  const gate = createGate({ config, logger, unmasked, ended, verifier, now })
  const followLink = createFollowLink(gate, nameOfUser())
  return {
    prepare: () => ended.load(),
    background: [ended],
    routes: (app: HttpApp) => {
      const routes = createRouteList()
      readForms(app)
      guardRoutes(app, { gate, ended, config, followLink, routes, now })
      accessRoutes(app, { gate, followLink, now })
      accountPage(app)
      routes.register(app)
      unmaskRoutes(app, { unmasked, actions, now })
      if (made === undefined) return
      app.addHook('onListen', async () => {
        const address = app.server.address()
        const port = typeof address === 'object' && address !== null ? address.port : ''
        logger.warn(
          `no access token is configured (console.access.token): log in at http://localhost:${port}/login?t=${made}`,
        )
      })
    },
  }
}

/** A container may run under a number without a name. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return 'developer'
  }
}
