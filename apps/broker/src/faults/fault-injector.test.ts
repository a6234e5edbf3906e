import { PafkaError } from '@pafka/base'
import { type Api, ErrorCode, Heartbeat, Produce } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, expectTypeOf, test } from 'vitest'

import type { HandlerContext } from '../handlers/handler-context.ts'
import { NO_RESPONSE, type RequestHandler, type RequestOrigin } from '../handlers/handler.ts'
import { FaultInjector } from './fault-injector.ts'
import type { FaultApi } from './fault-apis.ts'
import type { Faults } from './faults.ts'

const broker = { topics: { byName: () => undefined } } as unknown as HandlerContext

class Caller {
  readonly faults = new FaultInjector(new ManualClock())
  readonly served: unknown[] = []
  readonly closed: string[] = []
  readonly gone = new AbortController()

  /** What the dispatcher does. */
  call(api: Api<unknown, unknown>, request: unknown = {}, clientId = 'app'): unknown {
    const handler = {
      api,
      answer: (asked: unknown) => {
        this.served.push(asked)
        return 'served'
      },
    } as unknown as RequestHandler
    const origin = {
      apiVersion: 4,
      clientId,
      signal: this.gone.signal,
      closeConnection: (reason: string) => this.closed.push(reason),
    } as unknown as RequestOrigin
    const { intercept } = this.faults
    if (intercept === undefined) return handler.answer(request, broker, origin)
    return intercept(handler, request, broker, origin)
  }
}

const produceTo = (topic: string): object => ({
  acks: -1,
  topicData: [{ name: topic, partitionData: [] }],
})

/** As from JavaScript, where no type says what is wrong. */
function orderRaw(
  order: (faults: Record<keyof Faults, (...args: unknown[]) => unknown>) => void,
): () => void {
  return () => order(new FaultInjector(new ManualClock()) as never)
}

test('an error is answered as often as ordered, and has no effect', async () => {
  const caller = new Caller()
  const fault = caller.faults.answer('Heartbeat', 'REBALANCE_IN_PROGRESS', { times: 2 })
  const failed = { throttleTimeMs: 0, errorCode: ErrorCode.REBALANCE_IN_PROGRESS }
  expect(caller.call(Heartbeat)).toEqual(failed)
  expect([fault.remaining, caller.faults.pending]).toEqual([1, [fault]])
  expect(caller.call(Heartbeat)).toEqual(failed)
  await fault.used
  expect([caller.faults.pending, caller.faults.intercept, caller.served]).toEqual([
    [],
    undefined,
    [],
  ])
  expect(caller.call(Heartbeat)).toBe('served')
})

test('requests of other APIs, clients and topics pass by', () => {
  const caller = new Caller()
  const where = { topic: 'orders', clientId: 'shop' }
  const fault = caller.faults.answer('Produce', ErrorCode.NOT_LEADER_OR_FOLLOWER, { where })
  expect(caller.call(Heartbeat)).toBe('served')
  expect(caller.call(Produce, produceTo('orders'), 'app')).toBe('served')
  expect(caller.call(Produce, produceTo('logs'), 'shop')).toBe('served')
  expect(fault.remaining).toBe(1)
  expect(caller.call(Produce, produceTo('orders'), 'shop')).toMatchObject({ throttleTimeMs: 0 })
  expect(fault.remaining).toBe(0)
})

test('a request without a place for the error leaves the fault for the next', () => {
  const caller = new Caller()
  const fault = caller.faults.answer('Produce', 'NOT_LEADER_OR_FOLLOWER')
  expect(caller.call(Produce, { acks: -1, topicData: [] })).toBe('served')
  expect(fault.remaining).toBe(1)
})

test('faults for one API are met in the order they were ordered', () => {
  const caller = new Caller()
  caller.faults.answer('Heartbeat', 'REBALANCE_IN_PROGRESS')
  caller.faults.answer('Heartbeat', 'UNKNOWN_MEMBER_ID')
  expect(caller.call(Heartbeat)).toMatchObject({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS })
  expect(caller.call(Heartbeat)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
})

test('a cut request has no effect, one whose answer is lost has', async () => {
  const caller = new Caller()
  const cut = caller.faults.cut('Produce')
  expect(caller.call(Produce, produceTo('t'))).toBe(NO_RESPONSE)
  await cut.used
  expect([caller.served, caller.closed.length]).toEqual([[], 1])
  const lost = caller.faults.loseAnswer('Produce')
  expect(await caller.call(Produce, produceTo('t'))).toBe(NO_RESPONSE)
  await lost.used
  expect([caller.served.length, caller.closed.length]).toEqual([1, 2])
})

test('a delayed request is served at once and answered after the time', async () => {
  const clock = new ManualClock()
  const faults = new FaultInjector(clock)
  const caller = Object.assign(new Caller(), { faults })
  faults.delay('Heartbeat', 500)
  const answered = caller.call(Heartbeat)
  expect(caller.served).toHaveLength(1)
  let isAnswered = false
  void Promise.resolve(answered).then(() => (isAnswered = true))
  await new Promise(setImmediate)
  clock.advance(499)
  await new Promise(setImmediate)
  expect(isAnswered).toBe(false)
  clock.advance(1)
  expect(await answered).toBe('served')
})

test.each(['clear', 'hang up'] as const)(
  'a delayed answer does not wait on after %s',
  async (how) => {
    const caller = new Caller()
    caller.faults.delay('Heartbeat', 60_000)
    const answered = caller.call(Heartbeat)
    await new Promise(setImmediate)
    if (how === 'clear') caller.faults.clear()
    else caller.gone.abort()
    expect(await answered).toBe('served')
  },
)

test('what is cleared tells those who wait for it', async () => {
  const { faults } = new Caller()
  const fault = faults.cut('Fetch', { times: 3, where: { topic: 'orders' } })
  expect(fault.description).toBe('Fetch with topic orders cut off, 3 times')
  faults.clear()
  await expect(fault.used).rejects.toThrow(/3 of these requests never came/)
  await expect(fault.used).rejects.toMatchObject({ code: 'FAULT_NOT_MET' })
  expect([fault.remaining, faults.pending, faults.intercept]).toEqual([0, [], undefined])
})

test('one fault can be taken back', () => {
  const caller = new Caller()
  const first = caller.faults.cut('Heartbeat')
  const second = caller.faults.cut('Heartbeat')
  first.clear()
  first.clear()
  expect(caller.faults.pending).toEqual([second])
})

test.each([
  [orderRaw((f) => f.cut('Prduce')), /no API Prduce is served; did you mean Produce\?/],
  [orderRaw((f) => f.answer('Fetchh', 'NOT_COORDINATOR')), /did you mean Fetch\?/],
  [
    orderRaw((f) => f.answer('Produce', 'NOT_LEADER')),
    /Kafka has no error NOT_LEADER; did you mean/,
  ],
  [orderRaw((f) => f.answer('Produce', 'NONE')), /NONE is no error/],
  [orderRaw((f) => f.answer('Produce', 0)), /NONE is no error/],
  [orderRaw((f) => f.answer('Produce', 40_000)), /from -1 to 32767/],
  [orderRaw((f) => f.answer('ListConfigResources', 'NOT_COORDINATOR')), /cannot be answered with/],
  [orderRaw((f) => f.cut('Produce', { times: 0 })), /times must be a whole number/],
  [orderRaw((f) => f.cut('Produce', { times: 1.5 })), /times must be a whole number/],
  [orderRaw((f) => f.cut('Produce', { times: Infinity })), /times must be a whole number/],
  [orderRaw((f) => f.cut('Produce', { where: { topics: 't' } })), /where knows clientId and topic/],
  [orderRaw((f) => f.cut('Heartbeat', { where: { topic: 't' } })), /name no topic/],
  [orderRaw((f) => f.delay('Produce', -1)), /a delay is more than 0/],
  [orderRaw((f) => f.delay('Produce', Number.NaN)), /a delay is more than 0/],
])('what could never happen is refused in clear words %#', (order, message) => {
  expect(order).toThrow(PafkaError)
  expect(order).toThrow(message)
})

test('waiting faults are bounded', () => {
  const { faults } = new Caller()
  for (let at = 0; at < 1000; at++) faults.cut('Produce')
  expect(() => faults.cut('Produce')).toThrow(/1000 faults are waiting already/)
})

function orderWrong(faults: Faults): void {
  // @ts-expect-error -- it has no error answer
  faults.answer('ListConfigResources', 'NOT_COORDINATOR')
  // @ts-expect-error -- no such API
  faults.cut('Prduce')
  // @ts-expect-error -- no error
  faults.answer('Produce', 'NONE')
  // @ts-expect-error -- heartbeats name no topic
  faults.cut('Heartbeat', { where: { topic: 't' } })
  faults.answer('Produce', ErrorCode.NOT_LEADER_OR_FOLLOWER, { where: { topic: 't' } })
}

test('types refuse it before it runs', () => {
  expectTypeOf<Faults['answer']>().parameter(0).not.toEqualTypeOf<FaultApi>()
  expect(() => orderWrong(new Caller().faults)).toThrow(PafkaError)
})
