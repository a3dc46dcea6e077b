import { DEAD_LETTER_ERRORS, DeadLetterError } from '@stocker/dead-letters'
import { defineProblems } from '@stocker/service-kit'

const title = (code: keyof typeof DEAD_LETTER_ERRORS): string => DEAD_LETTER_ERRORS[code].meaning

export const deadLetterProblem = defineProblems({
  DEAD_LETTER_NOT_FOUND: { status: 404, title: title('DEAD_LETTER_NOT_FOUND') },
  REDRIVE_NOT_FOUND: { status: 404, title: title('REDRIVE_NOT_FOUND') },
  EMPTY_SELECTION: { status: 400, title: title('EMPTY_SELECTION') },
  INVALID_OPTION: { status: 400, title: title('INVALID_OPTION') },
  WRONG_STATE: { status: 409, title: title('WRONG_STATE') },
  NOTHING_TO_REDRIVE: {
    status: 409,
    title: title('NOTHING_TO_REDRIVE'),
    hint: 'Send the same with "dryRun": true: the answer says why of each.',
  },
  TOO_MANY_SELECTED: { status: 422, title: title('TOO_MANY_SELECTED') },
  PAYLOAD_REFUSED: { status: 422, title: title('PAYLOAD_REFUSED') },
})

/** What the core refuses is answered as its problem. */
export async function answered<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof DeadLetterError ? deadLetterProblem(error.code, error.message) : error
  }
}
