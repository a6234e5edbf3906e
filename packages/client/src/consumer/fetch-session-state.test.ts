import { expect, test } from 'vitest'

import { FetchSessionState, type SessionAsk, type WantedPartition } from './fetch-session-state.ts'

const PARTITION_MAX_BYTES = 1000
const SESSION_ID = 7

function wanted(partition: number, fetchOffset: number, leaderEpoch = 1): WantedPartition {
  return { topic: 't', topicId: 'id', partition, fetchOffset, leaderEpoch }
}

/** What a fetch names: each partition with its offset, and those that are forgotten. */
function namedBy({ topics, forgottenTopicsData }: SessionAsk) {
  const named = topics.flatMap(({ partitions }) =>
    partitions.map(({ partition, fetchOffset }) => [partition, fetchOffset]),
  )
  return { named, forgotten: forgottenTopicsData.flatMap(({ partitions }) => partitions) }
}

/** A session that the broker keeps, in which these were asked for. */
function sessionOf(all: readonly WantedPartition[]): FetchSessionState {
  const session = new FetchSessionState(PARTITION_MAX_BYTES)
  expect(session.ask(all, true)).toMatchObject({ sessionId: 0, sessionEpoch: 0 })
  session.answered(SESSION_ID)
  return session
}

test('the first fetch names all there are', () => {
  const session = new FetchSessionState(PARTITION_MAX_BYTES)
  const ask = session.ask([wanted(0, 5), wanted(1, 6)], true)
  expect(namedBy(ask)).toEqual({
    named: [
      [0, 5],
      [1, 6],
    ],
    forgotten: [],
  })
  expect(ask.topics[0]?.partitions[0]).toMatchObject({ partitionMaxBytes: PARTITION_MAX_BYTES })
})

test('those after it name what changed only', () => {
  const session = sessionOf([wanted(0, 5), wanted(1, 6), wanted(2, 7)])
  const moved = session.ask([wanted(0, 5), wanted(1, 9), wanted(2, 7)], true)
  expect([moved.sessionId, moved.sessionEpoch]).toEqual([SESSION_ID, 1])
  expect(namedBy(moved)).toEqual({ named: [[1, 9]], forgotten: [] })
  session.answered(SESSION_ID)
  const same = session.ask([wanted(0, 5), wanted(1, 9), wanted(2, 7)], true)
  expect([same.sessionEpoch, same.topics]).toEqual([2, []])
  session.answered(SESSION_ID)
  const led = session.ask([wanted(0, 5, 2), wanted(1, 9), wanted(2, 7)], true)
  expect(namedBy(led)).toEqual({ named: [[0, 5]], forgotten: [] })
})

test('what is not wanted any more is forgotten, and named when it is wanted again', () => {
  const session = sessionOf([wanted(0, 5), wanted(1, 6)])
  expect(namedBy(session.ask([wanted(1, 6)], true))).toEqual({ named: [], forgotten: [0] })
  session.answered(SESSION_ID)
  const again = session.ask([wanted(0, 5), wanted(1, 6)], true)
  expect(namedBy(again)).toEqual({ named: [[0, 5]], forgotten: [] })
})

test.each<[string, (session: FetchSessionState) => boolean]>([
  ['the broker keeps none', (session) => (session.answered(0), true)],
  ['something went wrong', (session) => (session.reset(), true)],
  ['topics go by their names now', () => false],
])('all is named anew where %s', (_why, end) => {
  const all = [wanted(0, 5), wanted(1, 6)]
  const session = sessionOf(all)
  const ask = session.ask(all, end(session))
  expect([ask.sessionId, ask.sessionEpoch, namedBy(ask).named.length]).toEqual([0, 0, 2])
})
