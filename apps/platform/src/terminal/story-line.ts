import type { StoryLine } from '../story.ts'
import type { Colours } from './event-line.ts'
import { eventTone, eventWords, shortId, shortService, WORDS_WIDTH } from './words.ts'

const MS_WIDTH = 7
const SERVICE_WIDTH = 8

/** `  +12 ms  payment  ▸ payment processed   payment-events/3@80` */
export function describeStoryLine(line: StoryLine, ms: number, colours: Colours): string {
  const time = colours.dim(`${`${ms < 0 ? '' : '+'}${ms}`.padStart(MS_WIDTH)} ms`)
  switch (line.kind) {
    case 'said':
      return `${time}  ${line.text}`
    case 'status':
      return `${time}  ${colours.bold(`order ${shortId(line.orderId)} is ${line.status}`)}`
    case 'step': {
      const words = eventWords(line.type).padEnd(WORDS_WIDTH)
      const tone = eventTone(line.type)
      const coloured = tone === 'bad' ? colours.red(words) : tone === 'good' ? colours.green(words) : words
      return `${time}  ${colours.cyan(shortService(line.service).padEnd(SERVICE_WIDTH))} ${coloured} ${colours.dim(line.place)}`
    }
    case 'problem':
      return `${time}  ${colours.cyan(shortService(line.service).padEnd(SERVICE_WIDTH))} ${colours.red(line.message)}`
  }
}
