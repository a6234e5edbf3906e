import type { Socket } from 'node:net'
import { Writable } from 'node:stream'

import { expect, test } from 'vitest'

import { MemoryBudget } from './memory-budget.ts'
import { ResponseQueue, tellWhenLeft } from './response-queue.ts'

interface Stage {
  readonly queue: ResponseQueue
  readonly memory: MemoryBudget
  readonly told: string[]
}

/** A queue on a socket of which only writing is there. */
function queueOn(write: (done: (error?: Error) => void) => void, limitBytes = 1e6): Stage {
  const socket = new Writable({
    write: (_chunk, _encoding, done) => write(done),
    writev: (_chunks, done) => write(done),
  })
  socket.on('error', () => {})
  const memory = new MemoryBudget(limitBytes)
  const told: string[] = []
  const queue = new ResponseQueue(socket as Socket, {
    memory,
    onProgress: () => told.push('progress'),
    onNoRoom: () => told.push('no room'),
  })
  return { queue, memory, told }
}

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('answers count until they have left, without what others count', async () => {
  const writes: (() => void)[] = []
  const { queue, memory } = queueOn((done) => writes.push(done))
  let released = 0
  const borrowed = { bytes: 900, release: () => (released += 1) }
  queue.reserve().complete([Buffer.alloc(1000)], borrowed)
  queue.reserve().complete([Buffer.alloc(50), Buffer.alloc(20)])
  expect([memory.usedBytes, queue.unsentBytes, released]).toEqual([170, 1070, 0])
  while (queue.unsentBytes > 0) {
    await aTurn()
    writes.shift()?.()
  }
  expect([memory.usedBytes, released]).toEqual([0, 1])
})

test('no further request is begun when the peer is found gone', async () => {
  const { queue, memory, told } = queueOn((done) => done(new Error('EPIPE')))
  for (let at = 0; at < 3; at++) queue.reserve().complete([Buffer.alloc(10)])
  expect(told).toHaveLength(3)
  await aTurn()
  expect(told).toHaveLength(3)
  expect(memory.usedBytes).toBe(0)
})

test('memory that the kernel could not read is told to whoever it is of', async () => {
  for (const code of ['EFAULT', 'EPIPE']) {
    const { queue } = queueOn((done) => done(Object.assign(new Error(code), { code })))
    const told: (boolean | undefined)[] = []
    const release = (hasFaulted?: boolean): void => void told.push(hasFaulted)
    const slots = [queue.reserve(), tellWhenLeft(queue.reserve(), () => {})]
    for (const slot of slots) slot.complete([Buffer.alloc(10)], { bytes: 10, release })
    await aTurn()
    expect(told, code).toEqual([code === 'EFAULT', code === 'EFAULT'])
  }
})

test('beyond four budgets small answers leave, and large ones end their connection', () => {
  const { queue, memory, told } = queueOn(() => {}, 100_000)
  while (memory.usedBytes < 400_000) queue.reserve().complete([Buffer.alloc(100_000)])
  expect(told).not.toContain('no room')
  queue.reserve().complete([Buffer.alloc(1000)])
  expect(memory.usedBytes).toBe(401_000)
  let released = false
  queue.reserve().complete([Buffer.alloc(100_000)], {
    bytes: 20_000,
    release: () => {
      released = true
    },
  })
  expect(told).toContain('no room')
  expect([memory.usedBytes, released]).toEqual([401_000, true])
})
