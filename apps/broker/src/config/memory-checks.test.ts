import { GIB, MIB } from '@pafka/base'
import { expect, test } from 'vitest'

import { loadConfig } from './load-config.ts'
import { checkMemory, dedupeBufferBytes } from './memory-checks.ts'

interface Said {
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

function saidOf(tailBytes: number | null, readBytes: number): Said {
  const said = { warnings: [], problems: [] }
  const values = { logTailMemoryBytes: tailBytes, logReadMemoryBytes: readBytes }
  checkMemory(values, said, 8 * GIB)
  return said
}

test('more memory than there is is refused, with how much there is', () => {
  expect(saidOf(8 * GIB + 1, 9 * GIB)).toEqual({
    warnings: [],
    problems: [
      'log.tail.memory.bytes: 8589934593 is more than the memory that this process may use, 8 GiB',
      'log.read.memory.bytes: 9663676416 is more than the memory that this process may use, 8 GiB',
    ],
  })
  expect(saidOf(null, 64 * MIB)).toEqual({ warnings: [], problems: [] })
  expect(saidOf(4 * GIB, 4 * GIB)).toEqual({ warnings: [], problems: [] })
})

test('more than half of it is taken with a warning', () => {
  const { warnings, problems } = saidOf(4 * GIB + 1, 64 * MIB)
  expect(problems).toEqual([])
  const memory = 'the memory that this process may use, 8 GiB'
  expect(warnings).toEqual([`log.tail.memory.bytes: 4294967297 is more than half of ${memory}`])
})

test.each([
  [0, false],
  [1, false],
  [MIB, false],
  [MIB + 1, true],
  [2 ** 31 - 1, true],
])('compaction may have %i bytes for keys, as in Kafka: %s', (bytes, isFine) => {
  const said = { warnings: [], problems: [] as string[] }
  expect(dedupeBufferBytes({ logCleanerDedupeBufferSize: bytes }, said)).toBe(bytes)
  expect(said.warnings).toEqual([])
  const problem = `log.cleaner.dedupe.buffer.size: ${bytes} should be more than 1048576, 1 MiB`
  expect(said.problems).toEqual(isFine ? [] : [problem])
})

test('a start looks at both', () => {
  const settings = { 'log.tail.memory.bytes': 2 ** 60, 'log.cleaner.dedupe.buffer.size': 1 }
  expect(() => loadConfig({ settings })).toThrow(
    /dedupe\.buffer\.size: 1 should[^]*tail|tail[^]*dedupe\.buffer\.size: 1 should/,
  )
  const { config, warnings } = loadConfig({
    settings: { 'log.cleaner.dedupe.buffer.size': 2 ** 32 },
  })
  expect(config.logCleanerDedupeBufferSize).toBe(2 ** 31 - 1)
  expect(warnings).toEqual([
    'log.cleaner.dedupe.buffer.size: no more than 2147483647 of 4294967296 are used',
  ])
})
