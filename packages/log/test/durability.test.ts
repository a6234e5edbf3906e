import { diskError, type DiskOperation } from '@pafka/log'
import { describe, expect, test } from 'vitest'

import { Life, type Medium } from './life.ts'
import { readAll } from './test-store.ts'

// What docs/durability.md says, a line each.

const SEEDS = Array.from({ length: 30 }, (_, at) => at + 1)
const FLUSH_MS = 100

/** Everything that promises that an ack outlives power loss. */
const DURABLE: readonly Medium[] = [
  { channel: 'journal' },
  { channel: 'journal', hasDirectIo: false },
  { channel: 'journal', config: { flushMessages: 1 } },
  { channel: 'file', config: { flushMessages: 1 } },
  { channel: 'pmem' },
  { channel: 'pmem', config: { flushMessages: 5 } },
]

const RELAXED: readonly Medium[] = [
  { channel: 'journal', config: { flushMessages: 5 } },
  { channel: 'journal', config: { flushMessages: 5 }, hasDirectIo: false },
  { channel: 'file', config: { flushMessages: 5 } },
]

const TIMED: readonly Medium[] = [
  { channel: 'file', config: { flushMs: FLUSH_MS } },
  { channel: 'journal', config: { flushMs: FLUSH_MS } },
  { channel: 'journal', config: { flushMs: FLUSH_MS }, hasDirectIo: false },
]

async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function nameOf({ channel, config, hasDirectIo = true }: Medium): string {
  const policy = JSON.stringify(config ?? 'default').replaceAll('"', '')
  return `${channel} ${policy}${hasDirectIo ? '' : ' without direct I/O'}`
}

const named = (media: readonly Medium[]): [string, Medium][] =>
  media.map((medium) => [nameOf(medium), medium])

const EVERY: readonly Medium[] = [...DURABLE, ...RELAXED, ...TIMED, { channel: 'file' }]

test.each(named(EVERY))('an ack outlives a kill: %s', async (_, medium) => {
  const life = await Life.begin(medium)
  for (let lives = 1; lives <= 3; lives++) {
    await life.acknowledged(7)
    const before = await readAll(life.log)
    await life.kill()
    expect(life.endOffset).toBe(7 * lives)
    expect((await readAll(life.log)).equals(before)).toBe(true)
  }
})

test.each(['journal', 'file'] as const)(
  'flush.ms counts when it is changed: %s',
  async (channel) => {
    const life = await Life.begin({ channel, config: { flushMs: 86_400_000 } })
    await life.acknowledged(1)
    life.log.setConfig({ ...life.log.config, flushMs: FLUSH_MS })
    life.clock.advance(FLUSH_MS)
    await turns()
    await life.cutPower(1)
    expect(life.endOffset).toBe(1)
  },
)

describe('power cuts', () => {
  test.each(named(DURABLE))('an ack outlives a power cut: %s', async (_, medium) => {
    for (const seed of SEEDS) {
      const life = await Life.begin(medium)
      for (let lives = 1; lives <= 2; lives++) {
        await life.acknowledged(4)
        const before = await readAll(life.log)
        await life.cutPower(seed)
        expect([seed, life.endOffset]).toEqual([seed, 4 * lives])
        expect((await readAll(life.log)).equals(before)).toBe(true)
      }
    }
  })

  test.each(named(RELAXED))('at most what came after the last barrier: %s', async (_, medium) => {
    const ends = new Set<number>()
    for (const seed of SEEDS) {
      const life = await Life.begin(medium)
      await life.acknowledged(13)
      const before = await readAll(life.log)
      await life.cutPower(seed)
      ends.add(life.endOffset)
      const kept = life.endOffset === 0 ? Buffer.of() : await readAll(life.log)
      expect(before.subarray(0, kept.length).equals(kept)).toBe(true)
    }
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(10) // a barrier with every fifth
    expect(Math.min(...ends)).toBeLessThan(13) // and none with the others
  })

  test.each(named(TIMED))('at most what came after the last tick: %s', async (_, medium) => {
    const ends = new Set<number>()
    for (const seed of SEEDS) {
      const life = await Life.begin(medium)
      await life.acknowledged(6)
      life.clock.advance(FLUSH_MS)
      await turns()
      await life.acknowledged(3)
      await life.cutPower(seed)
      ends.add(life.endOffset)
    }
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(6)
    expect(Math.min(...ends)).toBeLessThan(9)
  })

  test('as Kafka: at most what came after the last flush', async () => {
    const ends = new Set<number>()
    for (const seed of SEEDS) {
      const life = await Life.begin({ channel: 'file' })
      await life.acknowledged(6)
      await life.log.flush()
      await life.acknowledged(3)
      await life.cutPower(seed)
      ends.add(life.endOffset)
    }
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(6)
    expect(Math.min(...ends)).toBeLessThan(9)
  })
})

function failOn(life: Life, operation: DiskOperation, isMeant: (path: string) => boolean): void {
  life.disk.fault = (asked, path) =>
    asked === operation && isMeant(path) ? diskError('EIO', path) : undefined
}

const CHANNELS = named([{ channel: 'journal' }, { channel: 'file' }])

describe('a full disk', () => {
  test.each(CHANNELS)('refuses, and what was acknowledged stays: %s', async (_, medium) => {
    const life = await Life.begin(medium)
    await life.acknowledged(5)
    const before = await readAll(life.log)
    life.disk.fault = (operation, path) =>
      // the ring is written where it was written before
      operation === 'write' && !path.endsWith('/ring') ? diskError('ENOSPC', path) : undefined
    let answer = life.send()
    for (let tries = 0; answer === 'NONE' && tries < 100; tries++) {
      life.clock.advance(5000) // what waits in memory is to be stored
      await turns()
      answer = life.send()
    }
    expect(answer).toBe('KAFKA_STORAGE_ERROR')
    expect((await readAll(life.log)).subarray(0, before.length).equals(before)).toBe(true)
    const { highWatermark } = life.log
    const acknowledged = await readAll(life.log)
    life.disk.fault = () => undefined
    for (let tries = 0; !life.log.isOnline && tries < 100; tries++) {
      life.clock.advance(1000)
      await turns()
    }
    await life.acknowledged(2)
    await life.kill()
    expect(life.endOffset).toBe(highWatermark + 2)
    const kept = await readAll(life.log)
    expect(kept.subarray(0, acknowledged.length).equals(acknowledged)).toBe(true)
  })
})

describe('the journal’s device fails', () => {
  test.each([
    { operation: 'write', hasDirectIo: true },
    { operation: 'write', hasDirectIo: false },
    { operation: 'sync', hasDirectIo: false },
  ] as const)(
    'no more acks, reads go on, the next start tells: $operation, direct I/O $hasDirectIo',
    async ({ operation, hasDirectIo }) => {
      for (const seed of SEEDS.slice(0, 10)) {
        const life = await Life.begin({ channel: 'journal', hasDirectIo })
        await life.acknowledged(6)
        const before = await readAll(life.log)
        failOn(life, operation, (path) => path.endsWith('/ring'))
        expect(life.send()).toBe('NONE')
        expect(await life.outcome()).toBe('failed')
        life.disk.fault = () => undefined // too late: what it covered is unknown
        expect(life.send()).toBe('KAFKA_STORAGE_ERROR')
        life.clock.advance(60_000)
        await turns()
        expect(life.send()).toBe('KAFKA_STORAGE_ERROR')
        expect(life.log.highWatermark).toBe(6)
        expect((await readAll(life.log)).equals(before)).toBe(true)
        await life.cutPower(seed)
        expect([6, 7]).toContain(life.endOffset) // the one that failed may be there or not
        expect((await readAll(life.log)).subarray(0, before.length).equals(before)).toBe(true)
        await life.acknowledged(1)
      }
    },
  )
})

describe('a segment’s device fails', () => {
  test.each(['write', 'sync'] as const)(
    'its log takes no more, and the journal keeps what it has not: %s',
    async (operation) => {
      for (const seed of SEEDS.slice(0, 10)) {
        const life = await Life.begin({ channel: 'journal' })
        await life.acknowledged(6)
        const before = await readAll(life.log)
        failOn(life, operation, (path) => path.endsWith('.log'))
        await life.store.checkpoint().catch(() => undefined)
        for (let tries = 0; life.log.isOnline && tries < 10; tries++) {
          life.clock.advance(5000)
          await turns()
        }
        expect(life.send()).toBe('KAFKA_STORAGE_ERROR')
        expect(life.store.dirs().map(({ isOnline }) => isOnline)).toEqual([false])
        expect((await readAll(life.log)).equals(before)).toBe(true)
        life.disk.fault = () => undefined
        await life.cutPower(seed)
        expect(life.endOffset).toBe(6)
        expect((await readAll(life.log)).equals(before)).toBe(true)
      }
    },
  )
})
