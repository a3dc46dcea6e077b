import type { NewestSample, SourceSeries } from '../promql/evaluate.ts'
import type { Labels } from '../promql/labels.ts'
import type { PrometheusVersion, SampleWindow } from '../promql/sample.ts'

/** No metric has this value: it says that the series has ended. A NaN would do, if JavaScript kept apart one NaN from another. */
const ENDED = -Number.MAX_VALUE
const INITIAL_CAPACITY = 16
export const BYTES_PER_SAMPLE = 16

/** The samples of one series: two arrays that are appended to at their end and let go at their start. */
export class Series implements SourceSeries {
  readonly labels: Labels
  readonly #maxSamples: number
  #times = new Float64Array(INITIAL_CAPACITY)
  #values = new Float64Array(INITIAL_CAPACITY)
  #start = 0
  #end = 0
  /** Marks of an end among the samples. */
  #endings = 0

  constructor(labels: Labels, maxSamples: number) {
    this.labels = labels
    this.#maxSamples = Math.max(INITIAL_CAPACITY, maxSamples)
  }

  get length(): number {
    return this.#end - this.#start
  }

  /** Of the memory that it holds, used or not. */
  get bytes(): number {
    return this.#times.length * BYTES_PER_SAMPLE
  }

  get newestAtMs(): number {
    return this.length === 0 ? -Infinity : (this.#times[this.#end - 1] as number)
  }

  /** A sample that is not newer than the newest one is left out. What is older than `oldestMs` is let go. */
  append(atMs: number, value: number, oldestMs: number): void {
    if (atMs <= this.newestAtMs) return
    this.#letGo(oldestMs)
    if (this.#end === this.#times.length) this.#makeRoom()
    this.#times[this.#end] = atMs
    this.#values[this.#end] = value
    this.#end += 1
    if (value === ENDED) this.#endings += 1
  }

  /** The series is not there any more: from now on it has no newest sample. */
  end(atMs: number, oldestMs: number): void {
    this.append(atMs, ENDED, oldestMs)
  }

  newest(atMs: number, lookbackMs: number, version: PrometheusVersion): NewestSample | undefined {
    const index = this.#firstAfter(atMs) - 1
    if (index < this.#start) return undefined
    const time = this.#times[index] as number
    const value = this.#values[index] as number
    const oldestMs = atMs - lookbackMs
    if (value === ENDED || time < oldestMs || (version === 3 && time === oldestMs)) return undefined
    return { atMs: time, value }
  }

  window(startMs: number, endMs: number, version: PrometheusVersion): SampleWindow {
    const from = version === 3 ? this.#firstAfter(startMs) : this.#firstAfter(startMs - 1)
    const to = this.#firstAfter(endMs)
    const times = this.#times.subarray(from, to)
    const values = this.#values.subarray(from, to)
    if (this.#endings === 0) return { times, values }
    return { times: times.filter((_, index) => values[index] !== ENDED), values: values.filter((v) => v !== ENDED) }
  }

  /** Index of the first sample after a time. Times are whole milliseconds. */
  #firstAfter(atMs: number): number {
    let low = this.#start
    let high = this.#end
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#times[middle] as number) > atMs) high = middle
      else low = middle + 1
    }
    return low
  }

  #letGo(oldestMs: number): void {
    while (this.#start < this.#end && (this.#times[this.#start] as number) < oldestMs) this.#drop()
  }

  #drop(): void {
    if (this.#values[this.#start] === ENDED) this.#endings -= 1
    this.#start += 1
  }

  /** Moves the samples to the front when half of the arrays is free, and takes twice the room otherwise; at its limit it forgets the oldest quarter. */
  #makeRoom(): void {
    const capacity = this.#times.length
    if (this.#start < capacity / 2 && capacity >= this.#maxSamples) {
      for (let i = 0; i < capacity / 4; i++) this.#drop()
    }
    const grows = this.#start < capacity / 4
    const times = grows ? new Float64Array(Math.min(capacity * 2, this.#maxSamples)) : this.#times
    const values = grows ? new Float64Array(times.length) : this.#values
    times.set(this.#times.subarray(this.#start, this.#end))
    values.set(this.#values.subarray(this.#start, this.#end))
    this.#times = times
    this.#values = values
    this.#end -= this.#start
    this.#start = 0
  }
}
