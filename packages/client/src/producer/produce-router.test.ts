import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { ProducerStage } from '../../test/producer-stage.ts'

const DELIVERY_TIMEOUT_MS = 2000
const TIMED_OUT = { code: 'DELIVERY_TIMED_OUT', kind: 'retriable' }

/** A producer that a broker knows. */
async function known(): Promise<ProducerStage> {
  const stage = new ProducerStage({ batchBytes: 400, deliveryTimeoutMs: DELIVERY_TIMEOUT_MS })
  stage.send('first')
  await stage.settle()
  stage.deliver()
  await stage.settle()
  return stage
}

/** One that is given up while its answer is awaited, and one after it. */
async function givenUp(): Promise<ProducerStage> {
  const stage = await known()
  const late = stage.send('late')
  await stage.settle()
  stage.clock.advance(DELIVERY_TIMEOUT_MS - 1)
  await stage.settle()
  expect(late.told).toBeUndefined()
  // it is looked for what is too old ten times in that time
  stage.clock.advance(DELIVERY_TIMEOUT_MS * 0.1)
  await stage.settle()
  expect(late.told).toMatchObject({ ...TIMED_OUT, outcome: 'unknown' })
  stage.send('next')
  await stage.settle()
  stage.clock.advance(100)
  await stage.settle()
  expect(stage.asked).toHaveLength(2)
  return stage
}

test('who waits for an answer is told when time is up; if it comes all goes on', async () => {
  const stage = await givenUp()
  expect(stage.budget.usedBytes).toBeGreaterThan(0)
  stage.deliver()
  stage.deliver()
  await stage.end()
  expect(stage.log.values).toEqual(['first', 'late', 'next'])
  expect(stage.sent[2]?.told).toBe('acknowledged')
  expect([stage.epochs, stage.budget.usedBytes]).toEqual([1, 0])
})

test('what was given up on its way is not sent again, and what comes after it is', async () => {
  const stage = await givenUp()
  stage.refuse(ErrorCode.UNKNOWN_SERVER_ERROR)
  await stage.end()
  expect(stage.log.values).toEqual(['first', 'next'])
  expect(stage.sent[2]?.told).toBe('acknowledged')
  expect([stage.epochs, stage.budget.usedBytes]).toEqual([2, 0])
})

test('behind what was given up on its way others may be in doubt, but none for ever', async () => {
  const stage = await givenUp()
  stage.cut(0)
  stage.send('after')
  await stage.end()
  expect(stage.log.values).toEqual(['first', 'after'])
  expect(stage.sent[2]?.told).toMatchObject({ outcome: 'unknown' })
  expect([stage.epochs, stage.budget.usedBytes]).toEqual([2, 0])
})

test('a flush ends with what everybody was told, an end waits for the answer', async () => {
  const stage = await givenUp()
  let ended = ''
  void stage.queue.flushed().then(() => (ended += 'flushed '))
  void stage.queue.ended().then(() => (ended += 'ended '))
  await stage.settle()
  stage.clock.advance(2 * DELIVERY_TIMEOUT_MS)
  await stage.settle()
  expect(ended).toBe('flushed ')
  stage.deliver()
  stage.deliver()
  await stage.settle()
  expect(ended).toBe('flushed ended ')
  await stage.end()
})

test('who is told that time is up is told why it was not enough', async () => {
  const stage = await known()
  const sent = stage.send('x')
  while (sent.told === undefined) {
    // oxlint-disable-next-line no-await-in-loop -- until it is given up
    await stage.settle()
    if (stage.asked.length > 0) stage.refuse(ErrorCode.NOT_ENOUGH_REPLICAS)
    // oxlint-disable-next-line no-await-in-loop -- and the time goes on between
    await stage.settle()
    stage.clock.advance(100)
  }
  expect(sent.told).toMatchObject({
    ...{ ...TIMED_OUT, outcome: 'not-written' },
    cause: { code: 'NOT_ENOUGH_REPLICAS' },
  })
})
