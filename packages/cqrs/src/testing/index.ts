export type { Given, Then } from './fixture.ts'
export { fixture } from './fixture.ts'
export type { GoldenSample } from './golden-samples.ts'
export { goldenSamples } from './golden-samples.ts'
