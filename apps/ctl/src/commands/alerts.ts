import { usage } from '@stocker/platform'
import type { CtlCall, CtlCommand } from '../command.ts'
import { reasonOf } from '../number-of.ts'
import { durationOf } from '../time-words.ts'

interface Alert {
  readonly fingerprint: string
  readonly alertname: string
  readonly severity: string
  readonly state: string
  readonly summary: string
  readonly first: string
  readonly activeAt: string
  readonly acknowledgement: { readonly by: string; readonly note: string | null } | null
  readonly silencedBy: readonly string[]
  readonly inhibitedBy: readonly { readonly alertname: string; readonly of: string | null }[]
}

const DOES: Readonly<Record<string, (call: CtlCall) => Promise<number>>> = { ack: acknowledge, silence }

export const alerts: CtlCommand = {
  words: '[ack <fingerprint> | silence <alert>]',
  help: 'what is pending and what fires; says that you are at it, or that nobody is to be told. Exit code 1 when one fires',
  flags: {
    for: { type: 'string', value: 'time', help: 'silence: for so long (default 1h)' },
    reason: { type: 'string', value: 'text', help: 'ack, silence: why; it is kept' },
  },
  maxWords: 2,
  run: async (call) => {
    const [what] = call.words
    if (what === undefined) return list(call)
    const does = DOES[what]
    if (does === undefined) throw usage(`alerts ${what} is not known; expected ack or silence, or nothing`)
    return does(call)
  },
}

async function list({ console: connect, show }: CtlCall): Promise<number> {
  const answer = (await (await connect()).get('alerts')) as { readonly alerts: readonly Alert[] }
  show(answer, () => alertsText(answer.alerts))
  return answer.alerts.some(({ state }) => state === 'firing') ? 1 : 0
}

async function acknowledge({ words: [, fingerprint], flags, console: connect, show }: CtlCall): Promise<number> {
  if (fingerprint === undefined) throw usage('alerts ack needs the fingerprint of an alert, as alerts shows it')
  const note = reasonOf(flags)
  const answer = await (await connect()).post(`alerts/${encodeURIComponent(fingerprint)}/acknowledge`, { note })
  show(answer, () => `acknowledged: ${fingerprint}`)
  return 0
}

async function silence({ words: [, name], flags, console: connect, show }: CtlCall): Promise<number> {
  if (name === undefined) throw usage('alerts silence needs the name of an alert, as alerts shows it')
  const answer = await (await connect()).post('alerts/silences', {
    matchers: [{ label: 'alertname', operator: '=', value: name }],
    durationMs: durationOf(flags.text('for') ?? '1h', 'for'),
    comment: reasonOf(flags),
  })
  show(answer, () => `silenced until ${(answer as { readonly endsAt: string }).endsAt}: ${name}`)
  return 0
}

function alertsText(all: readonly Alert[]): string {
  if (all.length === 0) return 'nothing fires and nothing is pending'
  return all
    .map(
      ({
        fingerprint,
        alertname,
        severity,
        state,
        summary,
        first,
        activeAt,
        acknowledgement,
        silencedBy,
        inhibitedBy,
      }) =>
        [
          `${state} · ${severity} · ${alertname} · ${fingerprint} · since ${activeAt}`,
          `  ${summary}`,
          `  first: ${first}`,
          ...(acknowledgement === null ? [] : [`  ${acknowledgement.by} is at it: ${acknowledgement.note ?? ''}`]),
          ...(silencedBy.length === 0 ? [] : ['  silenced']),
          ...inhibitedBy.map(({ alertname: cause, of }) => `  because of ${cause}${of === null ? '' : ` of ${of}`}`),
        ].join('\n'),
    )
    .join('\n')
}
