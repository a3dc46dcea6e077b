import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EVENT_NAMES, TOPIC_NAMES } from '@stocker/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventsDocument, flowTable } from '../scripts/docs/events.ts'
import type { GeneratedDocument } from '../scripts/docs/generated-documents.ts'
import { staleFiles, writeDocuments } from '../scripts/docs/generated-documents.ts'
import { table } from '../scripts/docs/markdown.ts'
import { DOCUMENTS, ROOT } from '../scripts/generate-docs.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'generated-documents-'))
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

const whole: GeneratedDocument = { file: 'docs/generated/things.md', content: () => '# Things\n' }
const part: GeneratedDocument = { file: 'GUIDE.md', marker: 'things', content: () => '| thing |' }
const read = (file: string) => readFileSync(join(root, file), 'utf8')

describe('a generated file', () => {
  test('is written, and then it is up to date', () => {
    expect(writeDocuments(root, [whole])).toEqual([whole.file])
    expect(read(whole.file)).toBe('# Things\n')
    expect(writeDocuments(root, [whole])).toEqual([])
  })

  test('is stale as soon as the code says something else', () => {
    writeDocuments(root, [whole])

    const changed = { ...whole, content: () => '# Other things' }
    expect([...staleFiles(root, [changed]).keys()]).toEqual([whole.file])
    expect(read(whole.file)).toBe('# Things\n')
  })
})

describe('a generated part of a written file', () => {
  const written = 'Before\n\n<!-- generated:things -->\nold\n<!-- /generated -->\n\nAfter\n'

  test('is replaced between its markers, all else stays', () => {
    writeFileSync(join(root, 'GUIDE.md'), written)

    expect(writeDocuments(root, [part])).toEqual(['GUIDE.md'])
    expect(read('GUIDE.md')).toBe('Before\n\n<!-- generated:things -->\n\n| thing |\n\n<!-- /generated -->\n\nAfter\n')
    expect(writeDocuments(root, [part])).toEqual([])
  })

  test('may be one of several of the same file', () => {
    writeFileSync(join(root, 'GUIDE.md'), `${written}<!-- generated:more --><!-- /generated -->\n`)

    writeDocuments(root, [part, { file: 'GUIDE.md', marker: 'more', content: () => '| more |' }])

    expect(read('GUIDE.md')).toContain('| thing |')
    expect(read('GUIDE.md')).toContain('| more |')
  })

  test('waits until there is such a file', () => {
    expect(writeDocuments(root, [part])).toEqual([])
  })

  test('needs its markers', () => {
    writeFileSync(join(root, 'GUIDE.md'), 'Without markers\n')

    expect(() => staleFiles(root, [part])).toThrow(
      'GUIDE.md has no place for its generated part: write <!-- generated:things --> and <!-- /generated --> into it',
    )
  })
})

describe('the document of the events', () => {
  test('has a section for each event and a row for each topic', () => {
    const lines = eventsDocument().split('\n')

    for (const name of EVENT_NAMES) expect(lines).toContain(`### ${name}`)
    for (const name of TOPIC_NAMES) expect(flowTable()).toContain(`\n| ${name} `)
  })

  test('says of each field what it holds and whether it is personal', () => {
    expect(eventsDocument()).toMatch(/\| `lines\[\].quantity` +\| an integer from 1 to 1000 +\| Pieces +\| +\|/)
    expect(eventsDocument()).toMatch(/\| `paymentToken` +\| .* \| personal +\|/)
  })
})

test('a cell cannot break out of its table', () => {
  expect(table(['a'], [['x | y\nz']])).toBe('| a        |\n| -------- |\n| x \\| y z |')
})

test('the generated documents are as the code says; if not: npm run docs', () => {
  expect([...staleFiles(ROOT, DOCUMENTS).keys()]).toEqual([])
})
