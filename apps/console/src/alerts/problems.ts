import { ALERTING_ERRORS, AlertingError } from '@stocker/alerting'
import { defineProblems } from '@stocker/service-kit'

export const alertProblem = defineProblems({
  ALERT_NOT_FOUND: { status: 404, title: ALERTING_ERRORS.ALERT_NOT_FOUND.meaning },
  RULE_NOT_FOUND: {
    status: 404,
    title: 'There is no such rule',
    hint: 'GET /ops/api/alerts/rules lists those that there are.',
  },
  SILENCE_NOT_FOUND: { status: 404, title: ALERTING_ERRORS.SILENCE_NOT_FOUND.meaning },
  SILENCE_INVALID: {
    status: 422,
    title: ALERTING_ERRORS.SILENCE_INVALID.meaning,
    hint: 'For example {"matchers": [{"label": "alertname", "operator": "=", "value": "ConsumerStopped"}], "durationMs": 3600000, "comment": "known"}.',
  },
})

const ANSWERED = ['ALERT_NOT_FOUND', 'SILENCE_NOT_FOUND', 'SILENCE_INVALID'] as const

/** What the core refuses is answered as its problem. */
export async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof AlertingError ? ANSWERED.find((each) => each === error.code) : undefined
    throw code === undefined ? error : alertProblem(code, (error as AlertingError).message)
  }
}
