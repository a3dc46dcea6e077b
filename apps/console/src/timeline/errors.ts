import { defineProblems } from '@stocker/service-kit'

export const problems = defineProblems({
  ORDER_UNKNOWN: { status: 404, title: 'There is no such order' },
  STORES_AWAY: {
    status: 503,
    title: 'The databases do not answer',
    hint: 'Nothing can be said about orders while the databases are away; see the page of the system.',
  },
})
