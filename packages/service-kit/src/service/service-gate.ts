import { ServiceKitError } from '../errors.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { GateOptions } from '../security/gate.ts'
import { createTokenVerifier } from '../security/token-verifier.ts'
import type { ServiceConfig } from './service-config.ts'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i

/** How to have callers asked, for messages. */
const HOW = 'set spring.security.oauth2.resourceserver.jwt.issuer-uri and .audiences'

/**
 * The gate of a service, by its configuration. Without an issuer there is none, as long as only this machine can call; that is said once.
 * @throws ServiceKitError OPEN_TO_OTHERS
 */
export function gateOf(
  name: string,
  { http, tokens, rateLimit }: Pick<ServiceConfig, 'http' | 'tokens' | 'rateLimit'>,
  logger: Logger,
): GateOptions | undefined {
  if (tokens !== undefined) return { verifier: createTokenVerifier(tokens), rateLimit }
  if (!LOOPBACK.test(http.host))
    throw new ServiceKitError(
      'OPEN_TO_OTHERS',
      `${name} would listen on ${http.host} and ask nobody for a token: ${HOW}, or server.address=127.0.0.1.`,
    )
  logger.warn(
    { address: http.host },
    `whoever reaches ${name} on this machine may do everything: nobody is asked for a token; ${HOW} to change that`,
  )
  return undefined
}
