import { expect, test } from 'vitest'

import { type Consumer, Kafka } from '../src/index.ts'
import { type NumbersStage, numbers, some, sorted, startNumbers, upTo } from './numbers-stage.ts'

function start(partitions = 1): Promise<NumbersStage> {
  return startNumbers({
    partitions,
    config: { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 1000 },
  })
}

test('a group goes on where it was: with the last record before its loop was left', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  expect(await some(stage.consumer(), 4)).toEqual([0, 1, 2, 3])
  expect(await some(stage.consumer(), 4)).toEqual([3, 4, 5, 6])
})

test('a record that says it is processed is not given again', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  const consumer = stage.consumer()
  for await (const record of consumer) {
    if (record.value !== 5) continue
    record.ack()
    break
  }
  expect(await some(stage.consumer(), 1)).toEqual([6])
})

test('an error in a loop leaves its record to be given again', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  const failing = (async () => {
    for await (const { value } of stage.consumer()) if (value === 3) throw new Error('no 3')
  })()
  await expect(failing).rejects.toThrow('no 3')
  expect(await some(stage.consumer(), 1)).toEqual([3])
})

test('with manual acks only what says so is processed', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  for await (const record of stage.consumer({ ack: 'manual' })) {
    if ((record.value ?? 0) < 4) record.ack()
    if (record.value === 8) break
  }
  expect(await some(stage.consumer(), 1)).toEqual([4])
})

test('with manual acks a handler that ends has not acknowledged its record', async () => {
  await using stage = await start()
  await stage.send(upTo(5))
  const consumer = stage.consumer({ ack: 'manual' })
  await consumer.run((record) => {
    if ((record.value ?? 0) < 2) record.ack()
    if (record.value === 4) void consumer.close()
  })
  expect(await some(stage.consumer(), 1)).toEqual([2])
})

test('members share partitions, and each record is for one of them', async () => {
  await using stage = await start(6)
  const seen: number[] = []
  const consumers = [0, 1, 2].map(() => stage.other().consumer('g', numbers))
  const looping = consumers.map(async (consumer) => {
    for await (const { value } of consumer) seen.push(value ?? -1)
  })
  await expect
    .poll(() => consumers.map(({ assignment }) => assignment.length), { timeout: 20_000 })
    .toEqual([2, 2, 2])
  await stage.send(upTo(500))
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(500)
  await Promise.all(consumers.map(async (consumer) => consumer.close()))
  await Promise.all(looping)
  expect(sorted(seen)).toEqual(upTo(500))
})

test('who leaves is replaced, and who comes gets its share, with nothing missed', async () => {
  await using stage = await start(4)
  const seen = new Set<number>()
  const loop = async (consumer: Consumer<string, number>): Promise<void> => {
    for await (const { value } of consumer) seen.add(value ?? -1)
  }
  const first = stage.other().consumer('g', numbers)
  const looping = [loop(first)]
  await stage.send(upTo(100))
  await expect.poll(() => seen.size, { timeout: 20_000 }).toBe(100)
  const second = stage.other().consumer('g', numbers)
  looping.push(loop(second))
  await expect
    .poll(() => [first.assignment.length, second.assignment.length], { timeout: 20_000 })
    .toEqual([2, 2])
  await stage.send(upTo(200, 100))
  await first.close()
  await stage.send(upTo(300, 200))
  await expect.poll(() => seen.size, { timeout: 20_000 }).toBe(300)
  await second.close()
  await Promise.all(looping)
})

test('a record that is being processed comes to its end before another one gets it', async () => {
  await using stage = await start(2)
  await stage.send(upTo(40))
  const first = stage.consumer()
  const processing = Promise.withResolvers<void>()
  const seen: number[] = []
  const looping = (async () => {
    for await (const { value } of first) {
      seen.push(value ?? -1)
      if (seen.length === 1) await processing.promise
    }
  })()
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(1)
  const others: number[] = []
  const second = stage.other().consumer('g', numbers)
  const otherLooping = (async () => {
    for await (const { value } of second) others.push(value ?? -1)
  })()
  await new Promise((resolve) => setTimeout(resolve, 100))
  processing.resolve()
  await expect.poll(() => seen.length + others.length, { timeout: 20_000 }).toBe(40)
  expect(sorted([...seen, ...others])).toEqual(upTo(40))
  await Promise.all([first.close(), second.close()])
  await Promise.all([looping, otherLooping])
})

test('batches are of one partition each, and are acknowledged by asking for the next', async () => {
  await using stage = await start()
  for (const from of [0, 10, 20]) {
    // oxlint-disable-next-line no-await-in-loop -- each is a batch of its own
    await stage.send(upTo(from + 10, from))
  }
  const offsets: [number, number][] = []
  for await (const batch of stage.consumer().batches()) {
    offsets.push([batch.firstOffset, batch.lastOffset])
    if (offsets.length === 3) break
  }
  expect(offsets).toEqual([
    [0, 9],
    [10, 19],
    [20, 29],
  ])
  expect(await some(stage.consumer(), 1)).toEqual([20])
})

test.each(['partition', 'key', 'none'] as const)(
  'many are processed at a time, in the order of each %s',
  async (order) => {
    await using stage = await start(3)
    await stage.send(upTo(300))
    const consumer = stage.consumer()
    const seen = new Map<string, number[]>()
    let running = 0
    let most = 0
    let count = 0
    await consumer.run(
      async ({ key, value, partition }) => {
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, (value ?? 0) % 3))
        running -= 1
        const line = order === 'key' ? (key ?? '') : `${partition}`
        seen.set(line, [...(seen.get(line) ?? []), value ?? -1])
        count += 1
        if (count === 300) void consumer.close()
      },
      { concurrency: 16, order },
    )
    expect(sorted([...seen.values()].flat())).toEqual(upTo(300))
    expect(most).toBe(order === 'partition' ? 3 : order === 'key' ? 10 : 16)
    for (const values of seen.values()) {
      if (order !== 'none') expect(values).toEqual(sorted(values))
    }
    await stage.send([300])
    expect(await some(stage.consumer(), 1)).toEqual([300])
  },
)

test('a handler that fails ends the run; what was not processed is given again', async () => {
  await using stage = await start()
  await stage.send(upTo(20))
  const running = stage.consumer().run(({ value }) => {
    if (value === 7) throw new Error('not 7')
  })
  await expect(running).rejects.toThrow('not 7')
  expect(await some(stage.consumer(), 1)).toEqual([7])
})

test('what is processed is committed meanwhile', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  const consumer = stage.consumer({ commitIntervalMs: 20 })
  const looping = (async () => {
    for await (const { value } of consumer) if (value === 9) break
  })()
  await looping
  const stuck = stage.consumer({ commitIntervalMs: 20 })
  const next = await stuck.next()
  expect(next.value?.value).toBe(9)
})

test.each(['OffsetCommit', 'OffsetFetch', 'JoinGroup', 'SyncGroup', 'Heartbeat'] as const)(
  'a coordinator that is elsewhere for a while is found again: %s',
  async (api) => {
    await using stage = await start()
    await stage.send(upTo(10))
    stage.broker.faults.answer(api, 'NOT_COORDINATOR', { times: 2 })
    stage.broker.faults.loseAnswer(api)
    const options = { sessionTimeoutMs: 1500 }
    const consumer = stage.consumer(options)
    const values: number[] = []
    for await (const { value } of consumer) {
      values.push(value ?? -1)
      if (api === 'Heartbeat') await new Promise((resolve) => setTimeout(resolve, 150))
      if (values.length === 10) break
    }
    expect(values).toEqual(upTo(10))
    expect(await some(stage.consumer(options), 1)).toEqual([9])
  },
)

test('a member that its group has forgotten comes again, and goes on', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  const consumer = stage.consumer({ sessionTimeoutMs: 1500 })
  const seen: number[] = []
  for await (const record of consumer) {
    seen.push(record.value ?? -1)
    if (seen.length === 3) {
      await consumer.commit()
      stage.broker.faults.answer('Heartbeat', 'UNKNOWN_MEMBER_ID')
      while (!record.signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    if (seen.at(-1) === 9) break
  }
  expect(seen).toEqual([0, 1, 2, ...upTo(10, 2)])
})

test('who is fenced learns why, and a group that is refused too', async () => {
  await using stage = await start()
  stage.broker.faults.answer('JoinGroup', 'GROUP_AUTHORIZATION_FAILED')
  await expect(stage.consumer().next()).rejects.toMatchObject({
    code: 'GROUP_AUTHORIZATION_FAILED',
    ...{ kind: 'auth', context: { groupId: 'g' } },
  })
})

test('a signal ends a loop', async () => {
  await using stage = await start()
  const stopping = new AbortController()
  const next = stage.consumer({ signal: stopping.signal }).next()
  stopping.abort(new Error('enough'))
  await expect(next).rejects.toThrow('enough')
})

test.each([
  [{ from: 'middle' as 'latest' }, /from: middle is no place to begin/u],
  [{ ack: 'never' as 'auto' }, /ack: never is neither/u],
  [{ sessionTimeoutMs: -1 }, /sessionTimeoutMs: -1 is no time/u],
])('options that cannot be are refused: %j', (options, why) => {
  const kafka = new Kafka('127.0.0.1:1')
  expect(() => kafka.consumer('g', 't', options)).toThrow(why)
})

test('who asks for many at once gets each once, in order', async () => {
  await using stage = await start()
  const upTo40 = Array.from({ length: 40 }, (_, at) => at)
  // oxlint-disable-next-line no-await-in-loop -- a batch for each
  for (const value of upTo40) await stage.send([value])
  await using consumer = stage.consumer()
  const given = await Promise.all(upTo40.map(async () => consumer.next()))
  expect(given.map(({ value }) => value?.value)).toEqual(upTo40)
})

test('a consumer whose signal was aborted before ends at once', async () => {
  await using stage = await start()
  const consumer = stage.consumer({ signal: AbortSignal.abort(new Error('too late')) })
  await expect(consumer.next()).rejects.toThrow('too late')
  await consumer.close()
})
