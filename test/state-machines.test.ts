import { describe, expect, test } from 'vitest'
import { STATE_MACHINES, WITHOUT_STATES } from '../scripts/docs/states.ts'
import { SERVICE_CONTRACTS } from './service-contracts.ts'
import { reachableFrom } from './transition-walk.ts'

describe.each(STATE_MACHINES)('the states of $service: $aggregate', ({ transitions, owners }) => {
  const states = Object.keys(transitions)

  test('are all reached from NONE, and none leads to one that is not there', () => {
    expect(reachableFrom('NONE', transitions)).toEqual(states.toSorted())
  })

  test('have each somebody who moves it on, or a deadline, unless they are an end', () => {
    expect(Object.keys(owners).sort()).toEqual(states.filter((state) => transitions[state]?.length !== 0).sort())
  })
})

test('every aggregate of every service has a table of its states, or a reason to have none', () => {
  const aggregates = SERVICE_CONTRACTS.flatMap(({ service, commands }) =>
    Object.keys(commands)
      .filter((aggregate) => !(aggregate in WITHOUT_STATES))
      .map((aggregate) => `${service}: ${aggregate}`),
  )
  expect(STATE_MACHINES.map(({ service, aggregate }) => `${service}: ${aggregate}`).sort()).toEqual(aggregates.sort())
})
