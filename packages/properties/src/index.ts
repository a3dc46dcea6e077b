export type { Properties } from './properties.ts'
