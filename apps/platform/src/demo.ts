import pc from 'picocolors'
import type { DemoCommand } from './demo-command.ts'
import { demoHelp, readDemoCommand } from './demo-command.ts'
import { PlatformError, toPlatformError } from './errors.ts'
import { readRunRecord } from './run-record.ts'
import type { Scenario } from './scenario.ts'
import { loadScenario, loadScenarios } from './scenario.ts'
import type { StoryLine } from './story.ts'
import { tellStory } from './story.ts'
import { screenOf } from './terminal/front.ts'
import { describeStoryLine } from './terminal/story-line.ts'
import { issueToken } from './tokens.ts'

const screen = screenOf(process.stdout, process.env)
const colours = pc.createColors(screen.colour)
const words = process.argv.slice(2)
const json = words.includes('--json')

process.exitCode = await main().catch((cause: unknown) => {
  const { code, message, exitCode } = toPlatformError(cause, 'the demo does not start')
  print({ event: 'error', code, message, exitCode }, colours.red(` ✖ ${message}`))
  return exitCode
})

async function main(): Promise<number> {
  const command = await readDemoCommand(words)
  if (command.help) {
    screen.write(demoHelp(await loadScenarios()))
    return 0
  }
  const scenario = await loadScenario(command.scenario)
  return tell(scenario, command)
}

async function tell(scenario: Scenario, { dataDir, urls, timeoutMs }: DemoCommand): Promise<number> {
  const record = await readRunRecord(dataDir)
  const known = new Map([...(record?.services ?? []).map(({ name, url }) => [name, url] as const), ...urls])
  if (known.size === 0) {
    throw new PlatformError('NOT_RUNNING', `no platform runs on the data directory ${dataDir}: start it with npm start`)
  }
  if (urls.size === 0 && record?.ready === false) {
    throw new PlatformError('NOT_RUNNING', 'the platform is still starting: wait until its terminal says "ready"')
  }
  const { name, description } = scenario
  print({ event: 'scenario', name, description }, `\n ${colours.bold(name)} · ${description}\n`)
  const end = await tellStory(scenario, {
    url(service) {
      const url = known.get(service)
      if (url !== undefined) return url
      throw new PlatformError(
        'NOT_RUNNING',
        `${service} does not run; the addresses known are of ${[...known.keys()].join(', ')}`,
      )
    },
    services: [...known.keys()],
    token: record === null ? undefined : (claims) => issueToken(dataDir, claims),
    ...(record !== null && {
      logs: record.logs,
      servers: { kafka: record.kafka, postgres: record.postgres },
    }),
    timeoutMs,
    onLine: (line, ms) => print({ event: line.kind, ms, ...withoutKind(line) }, describeStoryLine(line, ms, colours)),
  })
  if (end.failure === undefined) {
    print(
      { event: 'done', scenario: name, ms: end.ms, ids: end.ids },
      colours.green(`\n ✔ ${name} ended well, ${end.ms} ms after the request\n`),
    )
    return 0
  }
  const message = end.failure instanceof Error ? end.failure.message : String(end.failure)
  print(
    { event: 'failed', scenario: name, ms: end.ms, ids: end.ids, message },
    colours.red(`\n ✖ ${name}: ${message}\n`),
  )
  return 1
}

function withoutKind({ kind: _, at, ...rest }: StoryLine): object {
  return { at: new Date(at).toISOString(), ...rest }
}

function print(event: object, text: string): void {
  screen.write(`${json ? JSON.stringify(event) : text}\n`)
}
