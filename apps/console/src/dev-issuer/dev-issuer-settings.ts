import type { Properties } from '@stocker/properties'
import { boolean, PropertiesError, readProperties, text } from '@stocker/properties'

export interface DevIssuerConfig {
  /** Directory with the issuer's key; undefined: no tokens are given out. */
  readonly directory: string | undefined
}

export const DEV_ISSUER_SETTINGS = {
  enabled: boolean('console.dev-issuer.enabled', {
    default: false,
    description:
      'Whether /dev/token gives out tokens for the services, to whoever asks on this machine. For development only; npm start sets it',
  }),
  directory: text('console.dev-issuer.directory', {
    optional: true,
    description: 'Directory with the key of the development issuer. Required when it is enabled',
  }),
}

/** @throws PropertiesError */
export function readDevIssuerConfig(properties: Properties): DevIssuerConfig {
  const { enabled, directory } = readProperties(properties, DEV_ISSUER_SETTINGS, {
    ownPrefixes: ['console.dev-issuer'],
  })
  if (!enabled) return { directory: undefined }
  if (directory !== undefined && directory !== '') return { directory }
  const { key } = DEV_ISSUER_SETTINGS.directory
  throw new PropertiesError([
    { code: 'MISSING_VALUE', key, message: `${key} is not set, but console.dev-issuer.enabled is true.` },
  ])
}
