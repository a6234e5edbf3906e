import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import type { NewTopic } from './topic-change.ts'
import { planTopics, type PlanView } from './topic-plan.ts'

function wanted(name: string, partitions: number): NewTopic {
  return { name, partitions, replicationFactor: 1, assignments: [], configs: new Map() }
}

function view(totalPartitions: number, maxPartitions: number): PlanView {
  return {
    nodeId: 1,
    defaultPartitions: 1,
    maxPartitions,
    totalPartitions,
    byName: () => undefined,
    byCollisionKey: () => undefined,
  }
}

function codes(topics: readonly NewTopic[], against: PlanView): ErrorCode[] {
  return planTopics(topics, against).map((plan) => ('errorCode' in plan ? plan.errorCode : 0))
}

const { NONE, POLICY_VIOLATION } = ErrorCode

test('a broker holds so many partitions and no more', () => {
  const topics = [wanted('a', 60), wanted('b', 50), wanted('c', 40), wanted('d', 1)]
  expect(codes(topics, view(0, 100))).toEqual([NONE, POLICY_VIOLATION, NONE, POLICY_VIOLATION])
  const errorMessage: unknown = expect.stringContaining('at most 100 partitions')
  expect(planTopics([wanted('a', 1)], view(100, 100))).toMatchObject([{ errorMessage }])
})

test('one request adds 10,000 partitions at most', () => {
  const topics = [wanted('a', 6000), wanted('b', 4000), wanted('c', 1)]
  expect(codes(topics, view(0, 100_000))).toEqual([NONE, NONE, POLICY_VIOLATION])
})
