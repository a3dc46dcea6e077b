import type { AlertRule, SilenceRequest, TargetState } from '@stocker/alerting'
import type { BackgroundWork } from '@stocker/service-kit'
import type { Role } from '../access/roles.ts'
import type { Visitor } from '../access/viewer.ts'
import type { ConsoleParts } from '../feature.ts'
import type { Channel } from '../stream/stream-hub.ts'
import { ALERT_METRICS } from './alert-metrics.ts'
import type { AlertRoundParts } from './alert-round.ts'
import { createAlertRound, firingOf } from './alert-round.ts'
import type { AlertsFrame, EpisodeView, RuleView, SilenceView } from './alert-views.ts'
import { alertsFrame, episodeView, ruleView, silenceView } from './alert-views.ts'
import { alertProblem, answered } from './problems.ts'

export type AlertDeskParts = AlertRoundParts & Pick<ConsoleParts, 'actions' | 'health'>

type ActingVisitor = Pick<Visitor, 'name' | 'role'>

export interface EpisodePage {
  readonly episodes: readonly EpisodeView[]
  /** `before` of the next page. */
  readonly next?: string
}

/** What the routes and pages of the alerts ask. */
export interface AlertDesk {
  frame(role: Role): AlertsFrame
  rules(): readonly RuleView[]
  /** Throws the problem RULE_NOT_FOUND. */
  rule(name: string): { readonly view: RuleView; readonly rule: AlertRule }
  chart(name: string): ReturnType<ReturnType<typeof createAlertRound>['chart']>
  targets: ReturnType<typeof createAlertRound>['targets']
  stats: ReturnType<typeof createAlertRound>['stats']
  samples: ReturnType<typeof createAlertRound>['samples']
  history(page: { before?: Date; alertname?: string; limit: number }, role: Role): Promise<EpisodePage>
  silences(role: Role): Promise<readonly SilenceView[]>
  acknowledge(fingerprint: string, note: string, viewer: ActingVisitor): Promise<void>
  silence(
    request: Omit<SilenceRequest, 'createdBy' | 'endsAt'> & { readonly durationMs: number },
    viewer: ActingVisitor,
  ): Promise<SilenceView>
  expireSilence(id: string, viewer: ActingVisitor): Promise<SilenceView>
  readonly channel: Channel
  readonly work: BackgroundWork
}

const SHOWN_SILENCES = 100
/** A service that has just stopped answering is asked sooner again, until it is clear whether it is only started again. Milliseconds. */
const SOON_MS = 1_000
const SOON_FOR_MS = 15_000

export function createAlertDesk(parts: AlertDeskParts): AlertDesk {
  const { config, metrics, logger, health, actions } = parts
  const round = createAlertRound(parts)
  const { intervalMs } = config.alerts
  const listeners = new Set<() => void>()
  const stopping = new AbortController()
  let loop: Promise<void> | undefined
  let trouble: string | undefined

  const tell = (): void => {
    for (const listener of listeners) listener()
  }

  const runOnce = async (): Promise<void> => {
    try {
      await round.run(new Date(), stopping.signal)
      trouble = undefined
    } catch (error) {
      if (trouble === undefined) logger.warn({ err: error }, 'alerts cannot be kept at the moment; it is tried on')
      trouble = error instanceof Error ? error.message : String(error)
    }
    tell()
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const started = performance.now()
      await runOnce()
      const everyMs = round.targets().some(hasJustGone) ? Math.min(intervalMs, SOON_MS) : intervalMs
      await pause(Math.max(0, everyMs - (performance.now() - started)), stopping.signal)
    }
  }

  health.add('alerts', () => {
    const { series, refused } = round.stats()
    const detail = `${round.rules.length} rules over ${series} series${refused > 0 ? `; ${refused} were refused, since there are too many (alerts.max-series)` : ''}`
    return { up: true, detail: trouble === undefined ? detail : `${detail}; ${trouble}` }
  })
  metrics.gauge('alerts_firing', ALERT_METRICS.alerts_firing, async () => {
    const { alerts } = round.state()
    return round.rules.map((rule) => ({
      labels: { alertname: rule.name, severity: rule.text.labels.severity ?? '' },
      value: firingOf(alerts, rule),
    }))
  })
  metrics.gauge('alerts_series', ALERT_METRICS.alerts_series, async () => [{ labels: {}, value: round.stats().series }])
  metrics.gauge('alerts_round_seconds', ALERT_METRICS.alerts_round_seconds, async () => [
    { labels: {}, value: round.stats().tookMs / 1_000 },
  ])

  const find = (name: string): AlertRule => {
    const rule = round.rules.find((each) => each.name === name)
    if (rule === undefined) throw alertProblem('RULE_NOT_FOUND', `There is no rule ${name}.`)
    return rule
  }
  const view = (rule: AlertRule): RuleView => ruleView(rule, round.state().alerts, round.failureOf(rule))
  /** What somebody has just said is seen at once. */
  const seen = async (): Promise<void> => {
    await round.refresh(new Date())
    tell()
  }

  return {
    frame: (role) => alertsFrame(round.state(), role, new Date()),
    rules: () => round.rules.map(view),
    rule: (name) => {
      const rule = find(name)
      return { rule, view: view(rule) }
    },
    chart: (name) => round.chart(find(name), new Date()),
    targets: round.targets,
    stats: round.stats,
    samples: round.samples,
    history: async (page, role) => {
      const episodes = await round.log.history(page)
      const last = episodes.length === page.limit ? episodes.at(-1) : undefined
      return {
        episodes: episodes.map((episode) => episodeView(episode, role)),
        ...(last && { next: last.firedAt.toISOString() }),
      }
    },
    silences: async (role) => {
      const now = new Date()
      return (await round.silences.newest(SHOWN_SILENCES)).map((silence) => silenceView(silence, role, now))
    },
    acknowledge: (fingerprint, note, viewer) =>
      answered(async () => {
        // It may be so new that it was not written down yet.
        if (!round.state().open.some((episode) => episode.fingerprint === fingerprint)) await round.refresh(new Date())
        await actions.perform(
          { viewer, action: 'acknowledge', target: `alert:${fingerprint}`, reason: note },
          () => round.log.acknowledge(fingerprint, viewer.name, note, new Date()),
          ({ labels }) => ({ target: `alert:${labels.alertname}`, after: labels }),
        )
        await seen()
      }),
    silence: ({ durationMs, ...request }, viewer) =>
      answered(async () => {
        const now = new Date()
        const endsAt = new Date(now.getTime() + durationMs)
        const after = { matchers: request.matchers, endsAt }
        const silence = await actions.perform(
          { viewer, action: 'silence', target: 'silence:new', reason: request.comment, after },
          () => round.silences.create({ ...request, createdBy: viewer.name, endsAt }, now),
          ({ id }) => ({ target: `silence:${id}` }),
        )
        await seen()
        return silenceView(silence, viewer.role, now)
      }),
    expireSilence: (id, viewer) =>
      answered(async () => {
        const now = new Date()
        const silence = await actions.perform(
          { viewer, action: 'end silence', target: `silence:${id}` },
          () => round.silences.expire(id, viewer.name, now),
          ({ endsAt }) => ({ after: { endsAt } }),
        )
        await seen()
        return silenceView(silence, viewer.role, now)
      }),
    channel: {
      kind: 'latest',
      access: 'viewer',
      open: (_argument, viewer, push) => {
        const listener = (): void => push(alertsFrame(round.state(), viewer.role, new Date()))
        listeners.add(listener)
        listener()
        return () => listeners.delete(listener)
      },
    },
    work: {
      start: () => {
        loop ??= run()
      },
      stop: async () => {
        stopping.abort()
        await loop
        await round.settled()
      },
    },
  }
}

const hasJustGone = ({ downSinceMs, scrapedAtMs = 0 }: TargetState): boolean =>
  downSinceMs !== undefined && scrapedAtMs - downSinceMs < SOON_FOR_MS

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
