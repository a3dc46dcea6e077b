import type { Properties } from '@stocker/properties'
import { boolean, duration, integer, readProperties } from '@stocker/properties'

/** How the cluster is watched. */
export interface MonitorConfig {
  readonly enabled: boolean
  readonly intervalMs: number
  readonly maxRecordReads: number
  /** Undefined: the most that were seen since the start. */
  readonly expectedBrokers: number | undefined
}

export const MONITOR_SETTINGS = {
  enabled: boolean('monitor.enabled', {
    default: true,
    description: 'Whether brokers, topics and consumer groups of the cluster are watched',
  }),
  intervalMs: duration('monitor.interval', {
    default: 5_000,
    min: 500,
    description: 'How often they are looked at',
  }),
  maxRecordReads: integer('monitor.max-record-reads', {
    default: 500,
    min: 0,
    max: 100_000,
    description:
      'Partitions of groups whose first waiting record is read in one look at most, for the lag in seconds; each costs up to 16 KiB of traffic',
  }),
  expectedBrokers: integer('monitor.expected-brokers', {
    optional: true,
    min: 1,
    max: 10_000,
    description: 'Brokers that the cluster should have. Not set: the most that were seen since the start',
  }),
}

/** Throws PropertiesError. */
export const readMonitorConfig = (properties: Properties): MonitorConfig =>
  readProperties(properties, MONITOR_SETTINGS, { ownPrefixes: ['monitor'] })
