import { existsSync, readFileSync } from 'node:fs'

const SAMPLES = new URL('../samples/', import.meta.url)

const read = new Map<string, Readonly<Record<string, unknown>>>()

/** File name of an event's golden sample: `order-created-event.v1.json`. */
export function sampleFile(event: string, version: number): string {
  return `${event.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()}.v${version}.json`
}

/** Whether the golden sample of that version is there. */
export function hasSample(event: string, version: number): boolean {
  return existsSync(new URL(sampleFile(event, version), SAMPLES))
}

/** One whole value of an event as it is on the wire, from `samples/`. Throws if there is no such file. */
export function readSample(event: string, version: number): Readonly<Record<string, unknown>> {
  const file = sampleFile(event, version)
  let sample = read.get(file)
  if (sample === undefined) {
    sample = JSON.parse(readFileSync(new URL(file, SAMPLES), 'utf8')) as Readonly<Record<string, unknown>>
    read.set(file, sample)
  }
  return sample
}
