import { describe, expect, test } from 'vitest'

import { FakeTopics } from '../../test/fake-topics.ts'
import { aTopology, between, changelog, type SubtopologyFields } from '../../test/topologies.ts'
import { configureTopology, type ConfiguredTopology, StreamsStatus } from './configured-topology.ts'

/** A word count: lines are split, and words counted elsewhere. */
const WORD_COUNT: readonly SubtopologyFields[] = [
  { sourceTopics: ['lines'], repartitionSinkTopics: ['words'] },
  { repartitionSourceTopics: [between('words')], stateChangelogTopics: [changelog('counts')] },
]

function configured(
  topics: Readonly<Record<string, number>>,
  subtopologies: readonly SubtopologyFields[],
): ConfiguredTopology {
  const there = new FakeTopics()
  for (const [name, partitions] of Object.entries(topics)) there.set(name, partitions)
  return configureTopology(aTopology(...subtopologies), there)
}

test('with all topics there tasks are counted by the partitions they read', () => {
  const { problem, toMake, subtopologies } = configured(
    { lines: 3, words: 3, counts: 3 },
    WORD_COUNT,
  )
  expect({ problem, toMake }).toEqual({ problem: null, toMake: [] })
  expect(subtopologies).toEqual([
    { subtopologyId: '0', tasks: 3, isStateful: false },
    { subtopologyId: '1', tasks: 3, isStateful: true },
  ])
})

test('what is missing between subtopologies, and of changelogs, is to be made', () => {
  const { problem, toMake } = configured({ lines: 3 }, WORD_COUNT)
  expect(problem).toEqual({
    statusCode: StreamsStatus.MISSING_INTERNAL_TOPICS,
    statusDetail: 'Internal topics are missing: words, counts',
  })
  expect(toMake).toEqual([
    { name: 'words', partitions: 3, replicationFactor: -1, configs: [] },
    {
      name: 'counts',
      partitions: 3,
      replicationFactor: 1,
      configs: [{ key: 'cleanup.policy', value: 'compact' }],
    },
  ])
})

test('source topics must be there first', () => {
  const one = configured({}, WORD_COUNT)
  expect(one.problem?.statusCode).toBe(StreamsStatus.MISSING_SOURCE_TOPICS)
  expect(one.problem?.statusDetail).toBe('Source topics lines are missing.')
  const many = configured({}, [{ sourceTopics: ['e', 'd', 'c', 'b', 'a'] }])
  const detail = 'Source topics a, b, c and 2 additional topics are missing.'
  expect(many.problem?.statusDetail).toBe(detail)
  expect(many.toMake).toEqual([])
})

test('a topic of the application with other partitions than it needs stops it', () => {
  const { problem, subtopologies } = configured({ lines: 3, words: 3, counts: 2 }, WORD_COUNT)
  expect(problem?.statusCode).toBe(StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS)
  const detail = 'Existing topic counts has different number of partitions: expected 3, found 2'
  expect(problem?.statusDetail).toBe(detail)
  expect(subtopologies).toEqual([])
})

test('there is an end to how many tasks a topology may come to', () => {
  const many = Array.from({ length: 101 }, () => ({ sourceTopics: ['lines'] }))
  const { problem, subtopologies } = configured({ lines: 1000 }, many)
  expect(problem?.statusCode).toBe(StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS)
  expect(problem?.statusDetail).toBe('The topology has 101000 tasks, more than 100000.')
  expect(subtopologies).toEqual([])
})

test('a change of the topics is another number for them', () => {
  const there = configured({ lines: 3, words: 3, counts: 3 }, WORD_COUNT).metadataHash
  expect(configured({ lines: 3, words: 3 }, WORD_COUNT).metadataHash).not.toBe(there)
  expect(configured({}, WORD_COUNT).metadataHash).toBe(0)
})

describe('partitions between subtopologies', () => {
  const countsOf = ({ toMake }: ConfiguredTopology): Record<string, number> =>
    Object.fromEntries(toMake.map(({ name, partitions }) => [name, partitions]))

  test('are as many as asked for', () => {
    const made = configured({ lines: 3 }, [
      { sourceTopics: ['lines'], repartitionSinkTopics: ['words'] },
      { repartitionSourceTopics: [between('words', 7)] },
    ])
    expect(countsOf(made)).toEqual({ words: 7 })
  })

  test('come from far, whatever the order they are told in', () => {
    const made = configured({ lines: 3, ports: 5 }, [
      { repartitionSourceTopics: [between('third')] },
      { repartitionSourceTopics: [between('second')], repartitionSinkTopics: ['third'] },
      { repartitionSourceTopics: [between('first')], repartitionSinkTopics: ['second'] },
      { sourceTopics: ['lines', 'ports'], repartitionSinkTopics: ['first'] },
    ])
    expect(countsOf(made)).toEqual({ first: 5, second: 5, third: 5 })
  })

  test('that nothing is written into cannot be told', () => {
    const { problem } = configured({}, [{ repartitionSourceTopics: [between('words')] }])
    expect(problem?.statusCode).toBe(StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS)
    expect(problem?.statusDetail).toContain('words cannot be determined')
  })

  test('in a circle cannot be told', () => {
    const { problem } = configured({}, [
      { repartitionSourceTopics: [between('a')], repartitionSinkTopics: ['b'] },
      { repartitionSourceTopics: [between('b')], repartitionSinkTopics: ['a'] },
    ])
    expect(problem?.statusDetail).toContain('a cannot be determined')
  })
})

describe('topics that are joined', () => {
  const joined = { sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] }

  test('have as many partitions', () => {
    const fields = { sourceTopics: ['a', 'b'], copartitionGroups: [joined] }
    expect(configured({ a: 2, b: 2 }, [fields]).problem).toBeNull()
    const { problem } = configured({ a: 2, b: 3 }, [fields])
    expect(problem?.statusCode).toBe(StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS)
    const detail = 'Following topics do not have the same number of partitions: [{a=2, b=3}]'
    expect(problem?.statusDetail).toBe(detail)
  })

  /** A topic and one between subtopologies, which four partitions are written into. */
  const withBetween = (partitions: number): readonly SubtopologyFields[] => [
    { sourceTopics: ['in'], repartitionSinkTopics: ['r'] },
    {
      sourceTopics: ['a'],
      repartitionSourceTopics: [between('r', partitions)],
      copartitionGroups: [{ ...joined, sourceTopics: [0], repartitionSourceTopics: [0] }],
    },
  ]

  test('give their partitions to those that the application makes', () => {
    const { toMake } = configured({ in: 4, a: 6 }, withBetween(0))
    expect(toMake.map(({ partitions }) => partitions)).toEqual([6])
  })

  test('do not suit those that have others by the word of the application', () => {
    const { problem } = configured({ in: 4, a: 6 }, withBetween(5))
    expect(problem?.statusDetail).toBe(
      "Number of partitions [5] of repartition topic [r] doesn't match number of partitions [6] " +
        'of the source topic.',
    )
  })

  test('all of the application have as many as the one with the most', () => {
    const { toMake } = configured({ x: 2, y: 8 }, [
      { sourceTopics: ['x'], repartitionSinkTopics: ['r'] },
      { sourceTopics: ['y'], repartitionSinkTopics: ['s'] },
      {
        repartitionSourceTopics: [between('r'), between('s')],
        copartitionGroups: [{ ...joined, sourceTopics: [], repartitionSourceTopics: [0, 1] }],
      },
    ])
    expect(toMake.map(({ partitions }) => partitions)).toEqual([8, 8])
  })
})
