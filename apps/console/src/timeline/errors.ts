import { defineProblems } from '@stocker/service-kit'

export const problems = defineProblems({
  ORDER_UNKNOWN: { status: 404, title: 'There is no such order' },
  NOTHING_TO_RUN: {
    status: 404,
    title: 'Nothing of this order waits for a time to come',
    hint: 'It may have happened meanwhile; `expected` of the timeline says what there is, with `runNow`.',
  },
  ALREADY_UNDER_WAY: { status: 409, title: 'It is under way already', hint: 'Look again in a moment.' },
  STORES_AWAY: {
    status: 503,
    title: 'The databases do not answer',
    hint: 'Nothing can be said about orders while the databases are away; see the page of the system.',
  },
})
