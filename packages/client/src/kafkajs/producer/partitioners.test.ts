import { seededRandom } from '@pafka/base'
import { Partitioners as Theirs } from 'kafkajs'
import { expect, test } from 'vitest'

import type { PartitionMetadata } from '../topic-types.ts'
import { Partitioners } from './partitioners.ts'

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32))

function partitions(count: number, leaderless: readonly number[] = []): PartitionMetadata[] {
  return Array.from({ length: count }, (_, partitionId) => ({
    ...{ partitionErrorCode: 0, partitionId, replicas: [], isr: [] },
    leader: leaderless.includes(partitionId) ? -1 : 1,
  }))
}

test.each(['DefaultPartitioner', 'LegacyPartitioner', 'JavaCompatiblePartitioner'] as const)(
  `%s places keys where kafkajs does, SEED=${SEED}`,
  (name) => {
    const random = seededRandom(SEED)
    const [ours, theirs] = [Partitioners[name](), Theirs[name]()]
    for (let round = 0; round < 2000; round++) {
      const bytes = Array.from({ length: random.below(20) }, () => random.below(256))
      const key = round % 2 === 0 ? Buffer.from(bytes) : Buffer.from(bytes).toString('hex')
      const partitionMetadata = partitions(1 + random.below(100))
      const args = { topic: 't', partitionMetadata, message: { key, value: 'x' } }
      expect(ours(args), JSON.stringify(key)).toBe(theirs(args))
    }
  },
)

test('records without a key go round the partitions that have a leader', () => {
  const place = Partitioners.DefaultPartitioner()
  const partitionMetadata = partitions(4, [2])
  const message = { value: 'x' }
  const placed = Array.from({ length: 6 }, () => place({ topic: 't', partitionMetadata, message }))
  expect(placed.map(String).toSorted()).toEqual(['0', '0', '1', '1', '3', '3'])
  const nobody = partitions(2, [0, 1])
  expect([0, 1]).toContain(place({ topic: 't', partitionMetadata: nobody, message }))
})

test('a message that names its partition has it', () => {
  const message = { key: 'k', value: 'x', partition: 7 }
  const place = Partitioners.LegacyPartitioner()
  expect(place({ topic: 't', partitionMetadata: partitions(8), message })).toBe(7)
})
