import { expect, it } from 'vitest'
import { servicesSentence } from '../../src/system/state-words.ts'

it.each([
  [[], 'No service is known.'],
  [[{ name: 'a', state: 'ready' }], 'The only service is ready.'],
  [
    [
      { name: 'a', state: 'away' },
      { name: 'b', state: 'paused' },
      { name: 'c', state: 'ready' },
    ],
    'a is away and b is paused; the other is ready.',
  ],
  [[{ name: 'a', state: 'stopped' }], 'a is stopped.'],
] as const)('services %j: %s', (services, sentence) => {
  expect(servicesSentence(services)).toBe(sentence)
})
