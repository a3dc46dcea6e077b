import { describe, expect, it } from 'vitest'
import { arrowLines } from '../../src/timeline/view/arrow-lines.ts'

describe('arrows between steps', () => {
  it('run down from the cause in one line, and branch off to each step that it caused', () => {
    const lines = arrowLines([
      { id: 'a', lane: 0, cause: null },
      { id: 'b', lane: 1, cause: 'a' },
      { id: 'c', lane: 2, cause: null },
      { id: 'd', lane: 2, cause: 'a' },
    ])

    expect(lines).toEqual([
      { trunks: [{ lane: 0, track: 0, part: 'from' }], branch: null },
      { trunks: [{ lane: 0, track: 0, part: 'through' }], branch: { from: 0, to: 1, track: 0 } },
      { trunks: [{ lane: 0, track: 0, part: 'through' }], branch: null },
      { trunks: [{ lane: 0, track: 0, part: 'to' }], branch: { from: 0, to: 2, track: 0 } },
    ])
  })

  it('of two steps in one lane run side by side while both are under way, and in the same place otherwise', () => {
    const lines = arrowLines([
      { id: 'a', lane: 0, cause: null },
      { id: 'b', lane: 0, cause: null },
      { id: 'c', lane: 1, cause: 'a' },
      { id: 'd', lane: 1, cause: 'b' },
      { id: 'e', lane: 0, cause: null },
      { id: 'f', lane: 1, cause: 'e' },
    ])

    expect(lines.map(({ branch }) => branch?.track ?? null)).toEqual([null, null, 0, 1, null, 0])
  })

  it('lead nowhere from a cause that is not shown, or stands below', () => {
    const lines = arrowLines([
      { id: 'a', lane: 0, cause: 'gone' },
      { id: 'b', lane: 0, cause: 'c' },
      { id: 'c', lane: 0, cause: null },
    ])

    expect(lines).toEqual(Array.from({ length: 3 }, () => ({ trunks: [], branch: null })))
  })
})
