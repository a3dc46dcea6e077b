export const topicPath = (topic: string): string => `/messages/${encodeURIComponent(topic)}`

/** Of one record alone; stays right for as long as the record is there. */
export const messagePath = (place: {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}): string => `${topicPath(place.topic)}/${place.partition}/${place.offset}`

export const messagesApi = (topic: string, rest = ''): string => `/ops/api/messages/${encodeURIComponent(topic)}${rest}`
