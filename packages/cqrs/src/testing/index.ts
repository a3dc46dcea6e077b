export type { Given, Then } from './fixture.ts'
export { fixture } from './fixture.ts'
