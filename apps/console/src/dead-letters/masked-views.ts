import type { DeadLetter, DeadLetterGroup, WholeDeadLetter } from '@stocker/dead-letters'
import { MASK } from '../access/mask-payload.ts'
import type { Masker } from '../access/masking.ts'
import { isPlainId } from '../access/plain-texts.ts'
import { asJson, wholeView } from './views.ts'

/** `com.example.Refused`; anything else a header may say is hidden. */
const CLASS_NAME = /^[\w.$]{0,300}$/

/** What comes from a record's headers and payload, and could hold anything. */
function maskOrigin<T extends Pick<DeadLetter, 'consumerGroup' | 'topic' | 'errorClass' | 'errorMessage'>>(
  each: T,
  masker: Masker,
): T {
  if (masker.unmasked) return each
  const { consumerGroup, topic, errorClass, errorMessage } = each
  return {
    ...each,
    consumerGroup: named(consumerGroup),
    topic: named(topic),
    errorClass: CLASS_NAME.test(errorClass) ? errorClass : MASK,
    errorMessage: masker.errorText(errorMessage),
  }
}

const named = (name: string): string => (name === '' || isPlainId(name) ? name : MASK)

function maskDeadLetter<T extends DeadLetter>(letter: T, masker: Masker): T {
  return {
    ...maskOrigin(letter, masker),
    key: masker.key(letter.key, letter.topic),
    eventId: masker.id(letter.eventId),
    eventType: masker.id(letter.eventType),
  }
}

export const deadLetterView = (letter: DeadLetter, masker: Masker) => asJson(maskDeadLetter(letter, masker))

export const groupView = (group: DeadLetterGroup, masker: Masker) => asJson(maskOrigin(group, masker))

export function wholeDeadLetterView(letter: WholeDeadLetter, masker: Masker) {
  const { payload, headers, ...rest } = wholeView(maskDeadLetter(letter, masker))
  const { value, masked } = masker.payload(payload, letter)
  return {
    ...rest,
    payload: value,
    masked: masked || !masker.unmasked,
    headers: headers.map((header) => masker.header(header)),
    stackTrace: masker.errorText(letter.stackTrace),
    history: rest.history.map((each) => ({
      ...each,
      errorClass: CLASS_NAME.test(each.errorClass) || masker.unmasked ? each.errorClass : MASK,
      errorMessage: masker.errorText(each.errorMessage),
    })),
  }
}
