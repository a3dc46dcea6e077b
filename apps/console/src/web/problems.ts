import { defineProblems } from '@stocker/service-kit'

export const webProblem = defineProblems({
  ASSET_NOT_FOUND: {
    status: 404,
    title: 'There is no such file',
    hint: 'Load the page again: it names the files that there are now.',
  },
})
