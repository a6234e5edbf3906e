import { seededRandom } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { brokerError } from '../errors/broker-error.ts'
import { connectionLost } from '../errors/client-errors.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { AdminParts } from './admin-call.ts'
import { answerOf, type Answers, askEach, askNodes } from './ask-each.ts'

const TIMEOUT_MS = 10_000
const MOVED = brokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER)

function stage() {
  const clock = new ManualClock()
  let refreshes = 0
  const nodes = new Map([[1, {}]])
  const metadata = {
    nodes,
    outdated: () => {},
    refresh: () => {
      refreshes += 1
      nodes.set(2, {})
      return Promise.resolve()
    },
  }
  const options = { clock, timeoutMs: TIMEOUT_MS }
  const parts = { cluster: { metadata }, options, random: seededRandom(1) } as unknown as AdminParts
  return { parts, clock, refreshes: () => refreshes }
}

const about = (topic: string) => ({ topic })

/** Lets waits between attempts pass, until it is over. */
async function through<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isOver = false
  const over = () => void (isOver = true)
  work.then(over, over)
  while (!isOver) {
    // oxlint-disable-next-line no-await-in-loop -- until it is over
    await new Promise(setImmediate)
    clock.advance(1000)
  }
  return work
}

test('only those are asked about again that may fare better', async () => {
  const { parts, clock } = stage()
  const asked: string[] = []
  const gone = brokerError(ErrorCode.INVALID_TOPIC_EXCEPTION)
  const outcome = await through(
    clock,
    askEach(
      parts,
      ['a', 'b', 'c', 'a'],
      async (left, isAgain): Promise<Answers<string, string>> => {
        asked.push(`${left.join(' ')} ${isAgain}`)
        return new Map(
          left.map((one) => {
            if (one === 'c') return [one, gone]
            return [one, one === 'b' && asked.length < 3 ? MOVED : one.toUpperCase()]
          }),
        )
      },
      { about },
    ),
  )
  expect(asked).toEqual(['a b c false', 'b true', 'b true'])
  expect(outcome.done).toEqual(['A', 'B'])
  expect(outcome.failed).toMatchObject([
    { code: 'INVALID_TOPIC_EXCEPTION', context: { topic: 'c' }, cause: gone },
  ])
})

test('at the deadline what was said last stands, and nobody loses what he has', async () => {
  const { parts, clock } = stage()
  const asking = askEach(
    parts,
    ['a', 'b'],
    async (left): Promise<Answers<string, string>> => {
      return new Map(left.map((one) => [one, one === 'a' ? 'A' : MOVED]))
    },
    { about },
  )
  const { done, failed } = await through(clock, asking)
  expect(done).toEqual(['A'])
  expect(failed).toMatchObject([{ code: 'NOT_LEADER_OR_FOLLOWER', context: { topic: 'b' } }])
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(TIMEOUT_MS - 2000)
})

test('a request that fails does so for all that it was about', async () => {
  const { parts } = stage()
  const failure = brokerError(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)
  const asking = askEach(parts, ['a', 'b'], () => Promise.reject(failure), { about })
  const { done, failed } = await asking
  expect(done).toEqual([])
  expect(failed.map(({ context }) => context.topic)).toEqual(['a', 'b'])
})

test('what is not said of somebody is an error, and nothing to ask is nothing', async () => {
  const { parts } = stage()
  const silent = async () => new Map<string, string>()
  expect(await askEach(parts, ['a'], silent, { about })).toMatchObject({
    failed: [{ code: 'UNKNOWN_SERVER_ERROR', context: { topic: 'a' } }],
  })
  const never = () => Promise.reject(new Error('asked for nothing'))
  expect(await askEach(parts, [], never, { about })).toEqual({ done: [], failed: [] })
})

test('what is broken is thrown', async () => {
  const { parts } = stage()
  const broken = () => Promise.reject(new TypeError('our bug'))
  await expect(askEach(parts, ['a'], broken, { about })).rejects.toThrow('our bug')
})

test('a signal ends it, before and between', async () => {
  const { parts } = stage()
  const controller = new AbortController()
  const { signal } = controller
  const again = async (left: readonly string[]): Promise<Answers<string, string>> => {
    queueMicrotask(() => controller.abort(new Error('enough')))
    return new Map(left.map((one) => [one, MOVED]))
  }
  await expect(askEach(parts, ['a'], again, { about, signal })).rejects.toThrow('enough')
  await expect(askEach(parts, ['a'], again, { about, signal })).rejects.toThrow('enough')
})

test('those of one broker go in one request, and one that fails leaves the others', async () => {
  const { parts, refreshes } = stage()
  const lost = connectionLost('two:9092', 'ended')
  const nowhere = brokerError(ErrorCode.LEADER_NOT_AVAILABLE)
  const places = new Map<string, number | KafkaError>([
    ...([
      ['a', 1],
      ['b', 2],
      ['c', 1],
    ] as const),
    ['d', nowhere],
  ])
  const answers = await askNodes(parts, places, async (nodeId, items) => {
    if (nodeId === 2) throw lost
    return new Map(items.map((item) => [item, `${item}${items.length}`]))
  })
  expect(Object.fromEntries(answers)).toEqual({ a: 'a2', b: lost, c: 'c2', d: nowhere })
  expect(refreshes()).toBe(1)
})

test('what is not there is nothing to wait for', () => {
  const missing = { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: 'not here' }
  expect(answerOf(missing, { topic: 't' }, 1)).toMatchObject({
    ...{ code: 'UNKNOWN_TOPIC_OR_PARTITION', kind: 'usage', context: { topic: 't' } },
    message: 'UNKNOWN_TOPIC_OR_PARTITION: not here (topic t)',
  })
  expect(answerOf({ errorCode: ErrorCode.NOT_CONTROLLER }, {}, 1)).toMatchObject({
    kind: 'retriable',
  })
  expect(answerOf({ errorCode: ErrorCode.NONE }, {}, 1)).toBe(1)
})
