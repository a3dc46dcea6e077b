import { TOPIC_NAMES, TOPICS } from '@stocker/contracts'
import { expect, test } from 'vitest'
import { SERVICE_CONTRACTS } from './service-contracts.ts'

test.each(TOPIC_NAMES)('%s is written by its owner alone, event by event', (topic) => {
  const writers = SERVICE_CONTRACTS.filter(({ writes }) => topic in writes)
  expect(writers.map(({ service }) => service)).toEqual([TOPICS[topic].owner])
  expect(writers.flatMap(({ writes }) => writes[topic] ?? []).toSorted()).toEqual([...TOPICS[topic].events].toSorted())
})

test.each(TOPIC_NAMES)('the readers that %s names are those that read it', (topic) => {
  const readers = SERVICE_CONTRACTS.filter(({ reads }) => topic in reads).map(({ service }) => service)
  expect(readers.toSorted()).toEqual([...TOPICS[topic].readers].toSorted())
})
