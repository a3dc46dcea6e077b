import type { Properties } from '@stocker/properties'
import { readProperties, text } from '@stocker/properties'

export interface SystemConfig {
  /** Where whoever started the platform lets its processes be stopped and started; undefined: nowhere. */
  readonly control: { readonly url: string; readonly token: string } | undefined
  /** Directory of the services' log files, `<service>.ndjson`; undefined: logs are kept elsewhere. */
  readonly logsDirectory: string | undefined
}

export const SYSTEM_SETTINGS = {
  controlUrl: text('console.control.url', {
    optional: true,
    description:
      'Where processes of the platform are stopped and started, e.g. http://127.0.0.1:41234; npm start sets it',
  }),
  controlToken: text('console.control.token', {
    optional: true,
    description: 'What is shown there; npm start sets it',
  }),
  logsDirectory: text('console.logs.directory', {
    optional: true,
    description: 'Directory of the services’ log files, <service>.ndjson; npm start sets it',
  }),
}

/** Throws PropertiesError. */
export function readSystemConfig(properties: Properties): SystemConfig {
  const { controlUrl, controlToken, logsDirectory } = readProperties(properties, SYSTEM_SETTINGS, {
    ownPrefixes: ['console.control', 'console.logs'],
  })
  const control =
    controlUrl === undefined || controlToken === undefined ? undefined : { url: controlUrl, token: controlToken }
  return { control, logsDirectory }
}
