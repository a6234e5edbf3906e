import { ConfigError, GIB, MINUTE_MS } from '@pafka/base'
import { expect, test } from 'vitest'

import { parseWorkload } from './workload.ts'

const WHOLE = {
  name: 'orders of a shop',
  topics: '3',
  partitionsPerTopic: '12',
  keyDistributor: 'RANDOM_NANO',
  messageSize: '700',
  useRandomizedPayloads: 'true',
  randomBytesRatio: '0.25',
  randomizedPayloadPoolSize: '500',
  subscriptionsPerTopic: '2',
  consumerPerSubscription: '4',
  producersPerTopic: '5',
  producerRate: '20000',
  consumerBacklogSizeGB: '2',
  backlogDrainRatio: '0.99',
  testDurationMinutes: '10',
  warmupDurationMinutes: '0.5',
}

const LEAST = {
  name: 'least',
  topics: '1',
  partitionsPerTopic: '1',
  messageSize: '100',
  producersPerTopic: '1',
  testDurationMinutes: '5',
}

/** YAML, with changes; undefined leaves a field out. */
function text(fields: Record<string, string>, changes: Record<string, string | undefined> = {}) {
  return Object.entries({ ...fields, ...changes })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}

function problemsOf(yaml: string): readonly string[] {
  try {
    parseWorkload(yaml)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('a workload that says everything', () => {
  expect(parseWorkload(`# of last year\n${text(WHOLE)}`)).toEqual({
    name: 'orders of a shop',
    topics: 3,
    partitions: 12,
    keys: 'random',
    keyCount: 10_000,
    recordBytes: 700,
    payloads: { kind: 'random', randomShare: 0.25, count: 500 },
    groups: 2,
    consumersPerGroup: 4,
    producersPerTopic: 5,
    recordsPerSecond: 20_000,
    backlogBytes: 2 * GIB,
    drainShare: 0.99,
    durationMs: 10 * MINUTE_MS,
    warmUpMs: MINUTE_MS / 2,
  })
})

test('what is left out is as there', () => {
  expect(parseWorkload(text(LEAST))).toEqual({
    name: 'least',
    topics: 1,
    partitions: 1,
    keys: 'none',
    keyCount: 0,
    recordBytes: 100,
    payloads: undefined,
    groups: 0,
    consumersPerGroup: 0,
    producersPerTopic: 1,
    recordsPerSecond: undefined,
    backlogBytes: 0,
    drainShare: 1,
    durationMs: 5 * MINUTE_MS,
    warmUpMs: MINUTE_MS,
  })
})

test('a rate of 0 is the highest that there is', () => {
  expect(parseWorkload(text(LEAST, { producerRate: '0' })).recordsPerSecond).toBeUndefined()
})

test('payloads of a file, keys in turns, a number as a name', () => {
  const changes = { payloadFile: 'payloads/a.data', keyDistributor: '"KEY_ROUND_ROBIN"' }
  const workload = parseWorkload(text(LEAST, { ...changes, name: '007' }))
  expect(workload.payloads).toEqual({ kind: 'file', path: 'payloads/a.data' })
  expect(workload.keys).toBe('round-robin')
  expect(workload.name).toBe('007')
})

test('random payloads go before those of a file', () => {
  expect(parseWorkload(text(WHOLE, { payloadFile: 'a.data' })).payloads?.kind).toBe('random')
})

test('all that is wrong is told at once, in the order of the file', () => {
  const changes = {
    name: '[a]',
    topics: '0',
    partitionsPerTopic: undefined,
    keyDistributor: 'ZIPF',
    messageSize: '"100"',
    useRandomizedPayloads: 'yes',
    producersPerTopic: '1.5',
    producerRate: '${rate:-5}',
    partitions: '3',
    producerRat: '3',
  }
  expect(problemsOf(text(LEAST, changes))).toEqual([
    'line 1: name: a list or mapping is no text',
    'line 2: topics: 0 is no whole number from 1 to 10000',
    'line 3: messageSize: "100" is no whole number from 1 to 104857600',
    'line 4: producersPerTopic: 1.5 is no whole number from 1 to 10000',
    'line 6: keyDistributor: "ZIPF" is none of NO_KEY, KEY_ROUND_ROBIN, RANDOM_NANO',
    'line 7: useRandomizedPayloads: "yes" is neither true nor false',
    'line 8: producerRate: "${rate:-5}" is no whole number from 0 to 1000000000',
    'line 9: partitions: no field of a workload; did you mean partitionsPerTopic?',
    'line 10: producerRat: no field of a workload; did you mean producerRate?',
    'partitionsPerTopic: is missing, a whole number from 1 to 100000',
  ])
})

test.each([
  ['testDurationMinutes', { testDurationMinutes: '0' }, 'a test without an end'],
  ['testDurationMinutes', { testDurationMinutes: undefined }, 'is missing, a number from 0'],
  ['name', { name: '" "' }, '" " is no text'],
  ['name', { name: undefined }, 'is missing'],
  ['messageSize', { messageSize: '.inf' }, 'Infinity is no whole number'],
  ['randomBytesRatio', { randomBytesRatio: '1.01' }, '1.01 is no number from 0 to 1'],
  ['randomBytesRatio', { randomBytesRatio: '.nan' }, 'NaN is no number from 0 to 1'],
  ['backlogDrainRatio', { backlogDrainRatio: '-0.1' }, '-0.1 is no number from 0 to 1'],
  ['randomizedPayloadPoolSize', { randomizedPayloadPoolSize: '0' }, 'needs 1 at least'],
  ['randomizedPayloadPoolSize', { messageSize: '10000000' }, '5000000000 bytes together'],
  ['partitionsPerTopic', { topics: '9000' }, '108000 partitions together'],
  ['producersPerTopic', { producersPerTopic: '5000' }, '15000 producers together'],
  ['consumerPerSubscription', { subscriptionsPerTopic: '900' }, '10800 consumers together'],
  ['consumerPerSubscription', { consumerPerSubscription: '0' }, 'is 0, but subscriptionsPerTopic'],
  ['subscriptionsPerTopic', { subscriptionsPerTopic: undefined }, 'is 0, but consumerPerSub'],
  ['consumerBacklogSizeGB', { producerRate: '0' }, 'needs a producerRate'],
])('%s is refused: %o', (name, changes: Record<string, string | undefined>, problem) => {
  const problems = problemsOf(text(WHOLE, changes))
  expect(problems.filter((one) => one.includes(`${name}: `) && one.includes(problem))).toHaveLength(
    1,
  )
})

test('a backlog that nobody reads is refused', () => {
  const changes = { subscriptionsPerTopic: '0', consumerPerSubscription: '0' }
  expect(problemsOf(text(WHOLE, changes))).toEqual([
    'line 13: consumerBacklogSizeGB: nobody is there to read it',
  ])
})

test.each([
  ['nothing', '', 'a workload is a mapping of fields, as `topics: 1`'],
  ['a list', '- topics: 1', 'a workload is a mapping of fields, as `topics: 1`'],
  ['a field twice', 'topics: 1\ntopics: 2', 'line 2: Map keys must be unique'],
  ['no YAML', 'topics: 1\nname: [', 'line 2: Flow sequence'],
  ['two documents', 'topics: 1\n---\ntopics: 2', 'line 2: Source contains multiple documents'],
  ['brackets without end', '['.repeat(60_000), 'line 1: nested too deep'],
  ['a long file', ' '.repeat(65_537), 'a workload of 65537 characters, of 65536'],
])('%s is no workload', (_, yaml, problem) => {
  expect(problemsOf(yaml)).toEqual([expect.stringContaining(problem)])
})

test('one field that stands for many is not followed', () => {
  const yaml = `${text(LEAST)}a: &a [1, 1]\nb: [*a, *a]\nproducerRate: *a\n`
  expect(problemsOf(yaml)).toContainEqual(
    'line 9: producerRate: a list or mapping is no whole number from 0 to 1000000000',
  )
})
