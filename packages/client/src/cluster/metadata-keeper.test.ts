import { seededRandom } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { brokerError } from '../errors/broker-error.ts'
import type { MetadataAnswer, TopicAnswer } from './cluster-metadata.ts'
import { MetadataKeeper, type MetadataQuestion } from './metadata-keeper.ts'

const ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAAg'

function topicOf(name: string, leaderId: number, leaderEpoch: number, id = ID): TopicAnswer {
  const partition = {
    ...{ partition: 0, leaderId, leaderEpoch, replicas: [1], inSyncReplicas: [1] },
    offlineReplicas: [],
  }
  return { name, topic: { name, id, isInternal: false, partitions: [partition] } }
}

function stage() {
  const clock = new ManualClock()
  const questions: MetadataQuestion[] = []
  let topics: readonly TopicAnswer[] = []
  let failure: Error | undefined
  const keeper = new MetadataKeeper({
    ...{ clock, random: seededRandom(1), maxAgeMs: 300_000 },
    ask: (question) => {
      questions.push(question)
      if (failure !== undefined) return Promise.reject(failure)
      const answer: MetadataAnswer = { clusterId: 'c', controllerId: 1, nodes: new Map(), topics }
      return Promise.resolve(answer)
    },
  })
  return {
    ...{ clock, keeper, questions },
    answers: (...given: TopicAnswer[]) => void (topics = given),
    fails: (error: Error | undefined) => void (failure = error),
    leaderOf: (name: string) => keeper.find(name)?.partitions[0]?.leaderId,
    /** Until what was begun is done. */
    settled: () => new Promise(setImmediate),
  }
}

const wait = { deadlineMs: Infinity }

test('who asks at the same time shares a question that is yet to begin', async () => {
  const { keeper, questions } = stage()
  const first = keeper.refresh()
  await Promise.resolve()
  await Promise.resolve()
  expect(questions).toHaveLength(1)
  await Promise.all([keeper.refresh(), keeper.refresh(), first])
  expect(questions).toHaveLength(2)
})

test('a topic is asked for until it is there', async () => {
  const { keeper, answers, clock, settled, questions } = stage()
  answers({ name: 't', errorCode: ErrorCode.LEADER_NOT_AVAILABLE })
  const asked = keeper.topic('t', { ...wait, mayCreate: true })
  await settled()
  answers(topicOf('t', 1, 0))
  clock.advance(1000)
  expect((await asked).partitions[0]?.leaderId).toBe(1)
  expect(questions.map(({ mayCreate }) => mayCreate)).toEqual([true, true])
})

test('a topic that may not be seen is not asked for again', async () => {
  const { keeper, answers } = stage()
  answers({ name: 't', errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED })
  await expect(keeper.topic('t', wait)).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED (topic t)')
})

test('who waits for a topic can leave', async () => {
  const { keeper } = stage()
  const leaving = new AbortController()
  const asked = keeper.topic('t', { ...wait, signal: leaving.signal })
  leaving.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
})

test('what is old is asked for again, and what is watched is asked for with it', async () => {
  const { keeper, clock, questions, settled } = stage()
  const unwatch = keeper.watch('t')
  await keeper.refresh()
  clock.advance(299_999)
  await settled()
  expect(questions).toHaveLength(1)
  clock.advance(2000)
  await settled()
  unwatch()
  unwatch()
  await keeper.refresh()
  const all = keeper.watchAll()
  await keeper.refresh()
  all()
  expect(questions.map(({ topics }) => topics)).toEqual([['t'], ['t'], [], null])
})

test('what nobody watches any more is forgotten, and asked for again', async () => {
  const { keeper, answers, leaderOf } = stage()
  answers(topicOf('t', 1, 0))
  const unwatch = keeper.watch('t')
  await keeper.topic('t', wait)
  expect(leaderOf('t')).toBe(1)
  unwatch()
  expect([leaderOf('t'), keeper.nameOf(ID)]).toEqual([undefined, undefined])
  answers(topicOf('t', 2, 1))
  expect((await keeper.topic('t', wait)).partitions[0]?.leaderId).toBe(2)
})

test('what was found wrong is asked for soon, however new it is', async () => {
  const { keeper, clock, questions, settled } = stage()
  await keeper.refresh()
  keeper.outdated()
  clock.advance(1000)
  await settled()
  expect(questions).toHaveLength(2)
})

test('what was found wrong is asked for soon, less often while nobody answers', async () => {
  const { keeper, clock, fails, questions, settled } = stage()
  fails(brokerError(ErrorCode.BROKER_NOT_AVAILABLE))
  keeper.outdated()
  keeper.outdated()
  for (let left = 200; left > 0; left--) {
    clock.advance(50)
    // oxlint-disable-next-line no-await-in-loop -- an attempt ends before the next
    await settled()
  }
  expect(questions.length).toBeGreaterThan(8)
  expect(questions.length).toBeLessThan(17)
  keeper.close()
  clock.advance(10_000)
  await settled()
  expect(questions.length).toBeLessThan(17)
})

test('an older leader does not replace a newer one', async () => {
  const { keeper, answers, leaderOf } = stage()
  keeper.watch('t')
  answers(topicOf('t', 1, 5))
  await keeper.refresh()
  answers(topicOf('t', 2, 4))
  await keeper.refresh()
  expect(leaderOf('t')).toBe(1)
  const moved = { topicId: ID, topic: '', partition: 0 }
  keeper.leaderChanged({ ...moved, leaderId: 3, leaderEpoch: 6 })
  keeper.leaderChanged({ ...moved, leaderId: 4, leaderEpoch: 6 })
  keeper.leaderChanged({ ...moved, partition: 9, leaderId: 4, leaderEpoch: 7 })
  expect(leaderOf('t')).toBe(3)
  answers(topicOf('t', 7, 0, OTHER_ID))
  await keeper.refresh()
  expect([leaderOf('t'), keeper.nameOf(ID), keeper.nameOf(OTHER_ID)]).toEqual([7, undefined, 't'])
})

test('a topic is forgotten when it is gone, not when it has no leader', async () => {
  const { keeper, answers, leaderOf } = stage()
  keeper.watch('t')
  answers(topicOf('t', 1, 0))
  await keeper.refresh()
  answers({ name: 't', errorCode: ErrorCode.LEADER_NOT_AVAILABLE })
  await keeper.refresh()
  expect(leaderOf('t')).toBe(1)
  let changes = 0
  keeper.listen(() => (changes += 1))
  answers({ name: 't', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
  await keeper.refresh()
  expect([leaderOf('t'), changes]).toEqual([undefined, 1])
})
