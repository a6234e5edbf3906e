import { KIB, MIB } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { type FetchLease, FetchMemory, type FetchReader } from './fetch-memory.ts'

const ENDLESS = { maxBytes: 6 * MIB, expectedBytes: 1e12 }

class Reader implements FetchReader {
  readonly #closed = new AbortController()
  readonly signal: AbortSignal = this.#closed.signal

  close(): void {
    this.#closed.abort()
  }
}

const readers = (count: number): Reader[] => Array.from({ length: count }, () => new Reader())

/** An answer that leaves at once. */
async function answerQuickly(memory: FetchMemory, reader: Reader): Promise<number> {
  const lease = await memory.lease(reader, ENDLESS)
  lease.sending()
  lease.release()
  return lease.mostBytes
}

test('answers are large while there is room, and ever smaller as it is used up', async () => {
  const memory = new FetchMemory(new ManualClock())
  const sizes: number[] = []
  for (const reader of readers(100)) sizes.push((await memory.lease(reader, ENDLESS)).mostBytes)
  expect(sizes[0]).toBe(6 * MIB)
  expect(sizes[5]).toBe(6 * MIB)
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
  expect(sizes.at(-1)).toBe(64 * KIB)
  expect(memory.usedBytes).toBeLessThan(128 * MIB)
})

test('many that ask at once get no more than one after another', async () => {
  const memory = new FetchMemory(new ManualClock())
  await Promise.all(readers(100).map((reader) => memory.lease(reader, ENDLESS)))
  expect(memory.usedBytes).toBeLessThan(128 * MIB)
})

test('who reads quickly keeps a reserve that the others do not get at', async () => {
  const memory = new FetchMemory(new ManualClock())
  const [quick] = readers(1)
  if (quick === undefined) throw new Error('no reader')
  await answerQuickly(memory, quick)
  for (const reader of readers(200)) await memory.lease(reader, ENDLESS)
  expect(await answerQuickly(memory, quick)).toBeGreaterThan(2 * MIB)
})

test('a slow reader gets what it reads in half a second, until it is quick again', async () => {
  const clock = new ManualClock()
  const memory = new FetchMemory(clock)
  const [slow] = readers(1)
  if (slow === undefined) throw new Error('no reader')
  const first = await memory.lease(slow, ENDLESS)
  first.sending()
  clock.advance(10_000)
  first.release()
  expect(memory.leaseAhead(slow, ENDLESS)).toBeUndefined()
  const sizes: number[] = []
  while (sizes.at(-1) !== 6 * MIB) sizes.push(await answerQuickly(memory, slow))
  expect(sizes[0]).toBe(Math.floor((6 * MIB) / 20))
  expect(sizes.slice(0, 4)).toEqual([1, 2, 4, 8].map((by) => Math.floor((6 * MIB) / 20) * by))
  expect(sizes[5]).toBe(3 * MIB + 64 * KIB) // slowly above half of what was too much
})

test('what was expected is settled by what was read, and given back once', async () => {
  const memory = new FetchMemory(new ManualClock())
  const lease = await memory.lease(new Reader(), { maxBytes: 6 * MIB, expectedBytes: 1000 })
  expect([lease.mostBytes, memory.usedBytes]).toEqual([6 * MIB, 1000])
  lease.settle(2 * MIB)
  expect(memory.usedBytes).toBe(2 * MIB)
  lease.release()
  expect(memory.usedBytes).toBe(0)
})

test('at twice its size strangers wait until memory is given back or they are gone', async () => {
  const memory = new FetchMemory(new ManualClock())
  const held: FetchLease[] = []
  while (memory.usedBytes < 192 * MIB) {
    const lease = await memory.lease(new Reader(), ENDLESS)
    lease.settle(MIB) // a batch may be larger than what there was room for
    held.push(lease)
  }
  const order: string[] = []
  const [first, gone, last] = readers(3)
  if (first === undefined || gone === undefined || last === undefined) throw new Error('no reader')
  const ask = async (name: string, reader: Reader): Promise<void> => {
    const lease = await memory.lease(reader, ENDLESS)
    lease.settle(MIB)
    order.push(name)
  }
  const asked = [ask('first', first), ask('gone', gone), ask('last', last)]
  gone.close()
  await asked[1]
  expect(order).toEqual(['gone'])
  await memory.lease(new Reader(), { maxBytes: MIB, expectedBytes: 0 }) // nothing to read, no wait
  for (const lease of held.slice(0, 4)) lease.release()
  await Promise.all(asked)
  expect(order).toEqual(['gone', 'first', 'last'])
})
