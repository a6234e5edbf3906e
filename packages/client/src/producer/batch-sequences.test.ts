import { type Random, seededRandom } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { ProducerStage, type Sent } from '../../test/producer-stage.ts'
import { seedsOf } from '../../test/seeds.ts'
import { oneOf } from '../../test/spoil.ts'

const BATCH_BYTES = 400
const DOUBT = ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND

function outcomeOf({ told }: Sent): string | undefined {
  return typeof told === 'object' ? told.outcome : told
}

/** A producer that a broker knows, with so many batches of one record each on their way. */
async function underWay(names: string, deliveryTimeoutMs = 120_000): Promise<ProducerStage> {
  const stage = new ProducerStage({ batchBytes: BATCH_BYTES, deliveryTimeoutMs })
  stage.send('first')
  await stage.settle()
  stage.deliver()
  await stage.settle()
  for (const name of names) stage.send(name, 250)
  await stage.settle()
  // the last one is not full: it leaves when it has waited for a while
  stage.clock.advance(1)
  await stage.settle()
  expect(stage.asked).toHaveLength(names.length)
  return stage
}

test('what may be written keeps its sequence where one behind it is gone', async () => {
  const stage = await underWay('abcd')
  stage.deliver(() => DOUBT)
  stage.deliver()
  stage.refuse(ErrorCode.INVALID_RECORD)
  stage.deliver()
  await stage.end()
  expect(stage.log.values.map(([name]) => name)).toEqual(['f', 'a', 'b', 'd'])
  expect(stage.sent.map(outcomeOf).slice(1)).toEqual([
    ...['acknowledged', 'acknowledged', 'not-written', 'acknowledged'],
  ])
  // nothing that it did not know was there when it was renumbered
  expect(stage.epochs).toBe(1)
})

test('what is behind a gap, and may be on its way yet, has another epoch', async () => {
  const stage = await underWay('abc')
  stage.refuse(ErrorCode.INVALID_RECORD)
  const late = stage.cut(0)
  await stage.settle()
  stage.clock.advance(2000)
  await stage.settle()
  stage.deliver()
  for (const bytes of late) stage.log.append(bytes)
  await stage.end()
  for (const bytes of late) stage.log.append(bytes)
  expect(stage.log.values.map(([name]) => name)).toEqual(['f', 'b', 'c'])
  expect(stage.epochs).toBe(2)
})

test('one that is given up and may be written keeps nobody from going on', async () => {
  const stage = await underWay('abc')
  stage.deliver(() => ErrorCode.UNKNOWN_SERVER_ERROR)
  stage.deliver()
  stage.deliver()
  await stage.end()
  expect(stage.log.values.map(([name]) => name)).toEqual(['f', 'a', 'b', 'c'])
  expect(stage.sent.map(outcomeOf).slice(1)).toEqual(['unknown', 'acknowledged', 'acknowledged'])
  expect(stage.epochs).toBe(1)
})

test('where it was not written what comes behind it begins anew', async () => {
  const stage = await underWay('abc')
  stage.refuse(ErrorCode.UNKNOWN_SERVER_ERROR)
  stage.deliver()
  stage.deliver()
  await stage.end()
  expect(stage.log.values.map(([name]) => name)).toEqual(['f', 'b', 'c'])
  expect(stage.sent.map(outcomeOf).slice(1)).toEqual(['unknown', 'acknowledged', 'acknowledged'])
  expect(stage.epochs).toBe(2)
})

test('one at a time is on its way while the broker knows nothing of the producer', async () => {
  const stage = new ProducerStage({ batchBytes: BATCH_BYTES, deliveryTimeoutMs: 120_000 })
  for (const name of 'abc') stage.send(name, 250)
  await stage.settle()
  expect(stage.asked).toHaveLength(1)
  // were the next one there already, it would be taken before this one
  stage.refuse(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  await stage.end()
  expect(stage.log.values.map(([name]) => name)).toEqual(['a', 'b', 'c'])
})

test('no broker is made to forget one that may be written', async () => {
  const stage = await underWay('a')
  stage.deliver(() => DOUBT)
  await stage.settle()
  for (const name of 'bcdefghij') stage.send(name, 250)
  for (let rounds = 0; rounds < 5; rounds++) {
    stage.clock.advance(2000)
    // oxlint-disable-next-line no-await-in-loop -- one round after the other
    await stage.settle()
    let isFirst = true
    while (stage.asked.length > 0) {
      const isDoubtful = isFirst
      stage.deliver((errorCode) => (isDoubtful ? DOUBT : errorCode))
      isFirst = false
    }
    // oxlint-disable-next-line no-await-in-loop -- one round after the other
    await stage.settle()
  }
  await stage.end()
  expect(new Set(stage.sent.map(outcomeOf))).toEqual(new Set(['acknowledged']))
  expect(stage.log.values.map(([name]) => name).join('')).toBe('fabcdefghij')
})

const FOR_GOOD = [ErrorCode.INVALID_RECORD, ErrorCode.CORRUPT_MESSAGE] as const
const DOUBTS = [DOUBT, ErrorCode.REQUEST_TIMED_OUT, ErrorCode.UNKNOWN_SERVER_ERROR] as const
const RETRIABLE = [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_ENOUGH_REPLICAS] as const
const FORGOTTEN = [
  ...[ErrorCode.UNKNOWN_PRODUCER_ID, ErrorCode.INVALID_PRODUCER_EPOCH],
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
] as const

/** One thing that may happen. @param late requests of connections that are gone */
function happen(stage: ProducerStage, random: Random, late: Uint8Array[]): void {
  const ways = [
    () => {
      for (let more = random.below(6); more >= 0; more--) {
        stage.send(`${stage.sent.length}`, random.below(4) === 0 ? 900 : random.below(300))
      }
    },
    () => stage.clock.advance(random.below(800)),
    () => void (stage.log.mostBytes = oneOf(random, [300, 900, 5000, 5000])),
    // who served it may have read one more
    () => void late.push(...stage.cut(random.below(stage.asked.length + 1)).slice(0, 1)),
    () => void (late.length > 0 && stage.log.append(late.shift() ?? new Uint8Array())),
  ]
  const answers = [
    () => stage.deliver(),
    () => stage.deliver(),
    () => stage.deliver((code) => (code === ErrorCode.NONE ? oneOf(random, DOUBTS) : code)),
    () => stage.refuse(oneOf(random, RETRIABLE)),
    () => stage.refuse(oneOf(random, FOR_GOOD)),
    () => stage.refuse(random.below(4) === 0 ? oneOf(random, FORGOTTEN) : oneOf(random, DOUBTS)),
  ]
  if (stage.asked.length > 0 && random.below(3) > 0) answers[random.below(answers.length)]?.()
  else ways[random.below(ways.length)]?.()
}

/** What is not as it was told; nothing, if all is well. */
function faultsOf({ sent, log }: ProducerStage): string[] {
  const numbers = log.values.map((value) => Number.parseInt(value, 10))
  const disorder = numbers.filter((number, at) => number < (numbers[at - 1] ?? -1))
  const faults = disorder.map((number) => `${number} comes too late`)
  for (const [at, one] of sent.entries()) {
    const count = numbers.filter((number) => number === at).length
    const told = outcomeOf(one)
    const isWell =
      told === 'acknowledged' ? count === 1 : told === 'unknown' ? count <= 1 : count === 0
    if (!isWell || told === undefined) faults.push(`${at} is ${told}, and there ${count} times`)
  }
  return faults
}

test.each(seedsOf(150))('whatever happens, what is told is true: SEED=%i', async (seed) => {
  const random = seededRandom(seed)
  const deliveryTimeoutMs = oneOf(random, [120_000, 3000])
  const stage = new ProducerStage({ batchBytes: BATCH_BYTES, deliveryTimeoutMs })
  const late: Uint8Array[] = []
  for (let steps = 0; steps < 120; steps++) {
    happen(stage, random, late)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    if (random.below(3) === 0) await stage.settle()
  }
  stage.log.mostBytes = 5000
  await stage.end()
  expect(faultsOf(stage)).toEqual([])
})
