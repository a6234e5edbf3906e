import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { clientReference } from './client-reference.ts'

const FOLDER = join(import.meta.dirname, '../../../docs/client/api')
const pages = clientReference()

test('the reference is that of the sources: `npx pnpm generate` makes it so', () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual([...pages.keys()].toSorted())
  for (const [name, text] of pages) {
    expect(readFileSync(join(FOLDER, name), 'utf8'), name).toBe(text)
  }
})

test('a class has what it inherits of one that nobody can import', () => {
  const producer = pages.get('producer.md')
  expect(producer).toContain('### Producer.sendAll\n')
  expect(producer).toContain('### Producer.transaction\n')
  expect(producer).not.toContain('#parts')
  expect(producer).not.toContain('new Producer')
  expect(pages.get('kafka.md')).toContain('### new Kafka\n')
})

test('options have their types and what is said of them, and lead to other types', () => {
  expect(pages.get('consumer.md')).toContain("- `from?: 'earliest' | 'latest'`: Where the group")
  expect(pages.get('share.md')).toContain('[`KafkaError`](errors.md#kafkaerror)')
})

test('links of the reference lead to headings that are there', () => {
  for (const [name, text] of pages) {
    for (const [, page = '', heading = ''] of text.matchAll(/\]\(([a-z-]*\.md)?#([^)]+)\)/g)) {
      const target = pages.get(page === '' ? name : page)?.toLowerCase()
      expect(target, `${name}: ${page}#${heading}`).toContain(`\n## ${heading}\n`)
    }
  }
})
