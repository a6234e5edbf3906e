import { expect, test } from 'vitest'

import { ShareSessionState } from './share-session-state.ts'

const a = (partition: number) => ({ topicId: 'A', partition })
const batches = [{ firstOffset: 3, lastOffset: 4, acknowledgeTypes: [1] }]

function textOf({ shareSessionEpoch, ...rest }: ReturnType<ShareSessionState['fetch']>): string {
  const named = rest.topics.flatMap(({ topicId, partitions }) => {
    return partitions.map(({ partitionIndex, acknowledgementBatches: said }) => {
      return `${topicId}${partitionIndex}${said.length > 0 ? '!' : ''}`
    })
  })
  const gone = rest.forgottenTopicsData.map(({ topicId, partitions }) => {
    return `-${topicId}${partitions.join('')}`
  })
  return [shareSessionEpoch, ...named, ...gone].join(' ')
}

test('a session begins with all partitions, and then only changes are named', () => {
  const session = new ShareSessionState()
  expect(session.isOpen).toBe(false)
  expect(textOf(session.fetch([a(0), a(1)], []))).toBe('0 A0 A1')
  session.answered()
  expect(session.isOpen).toBe(true)
  expect(textOf(session.fetch([a(0), a(1)], []))).toBe('1')
  session.answered()
  expect(textOf(session.fetch([a(1), a(2)], []))).toBe('2 A2 -A0')
})

test('what is said of records goes with a fetch, once for a partition', () => {
  const session = new ShareSessionState()
  session.fetch([a(0)], [])
  session.answered()
  expect(textOf(session.fetch([a(0), a(1)], [{ ...a(1), batches }]))).toBe('1 A1!')
})

test('or with a request of its own, which may end the session', () => {
  const session = new ShareSessionState()
  session.fetch([a(0)], [])
  session.answered()
  expect(session.acknowledge([{ ...a(0), batches }], false).shareSessionEpoch).toBe(1)
  session.answered()
  expect(session.acknowledge([], true).shareSessionEpoch).toBe(-1)
})

test('who has lost a session begins anew', () => {
  const session = new ShareSessionState()
  session.fetch([a(0)], [])
  session.answered()
  session.reset()
  expect(session.isOpen).toBe(false)
  expect(textOf(session.fetch([a(0)], []))).toBe('0 A0')
})
