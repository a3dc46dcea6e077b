import { isEventName } from '@stocker/contracts'
import { lastHeader, TYPE_ID_HEADER } from '@stocker/kafka-config'
import { MASK } from '../access/mask-payload.ts'
import type { Masker } from '../access/masking.ts'
import { isPlainId } from '../access/plain-texts.ts'
import type { MessageMask } from './message-view.ts'
import { contentView, headerView } from './message-view.ts'

/** What looks like the name of an event may be shown: whoever looks for events that nobody knows has to see them. */
const EVENT_NAME = /^[A-Z][A-Za-z0-9]{2,80}Event$/

export const isShownType = (type: string): boolean => isEventName(type) || EVENT_NAME.test(type)

/** A record as the console's masking lets it be seen. */
export function messageMask(masker: Masker): MessageMask {
  return {
    unmasked: masker.unmasked,
    key: ({ key, topic }) => masker.key(key, topic),
    id: (id) => masker.id(id),
    header: (header) => masker.header(headerView(header)),
    type: ({ type, headers }) => {
      if (type === null || masker.unmasked || isShownType(type)) return type
      return lastHeader(headers, TYPE_ID_HEADER) !== undefined && isPlainId(type) ? type : MASK
    },
    value: (message) => {
      const { topic, headers, type } = message
      const eventType = lastHeader(headers, TYPE_ID_HEADER) === undefined ? null : type
      return masker.payload(contentView(message), { topic, eventType })
    },
  }
}
