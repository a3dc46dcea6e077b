export type { PropertiesErrorCode, PropertyProblem } from './errors.ts'
export { PROPERTIES_ERROR_CODES, PropertiesError } from './errors.ts'
export { nearest } from './nearest.ts'
export type { Properties, PropertiesSources } from './properties.ts'
export { loadProperties } from './properties.ts'
export type { ReadOptions } from './read.ts'
export { defaultsOf, readProperties } from './read.ts'
export type {
  Bounds,
  DurationOptions,
  Setting,
  SettingOptions,
  Settings,
  SettingValues,
  TextOptions,
} from './settings.ts'
export { boolean, choice, decimal, duration, integer, list, size, text } from './settings.ts'
export type { DurationUnit } from './values.ts'
export { mask, parseBoolean, parseDuration, parseList, parseSize } from './values.ts'
