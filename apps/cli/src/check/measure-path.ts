import { randomFillSync } from 'node:crypto'

import { MIB, SECOND_MS } from '@pafka/base'
import { alignedMemory, type OpenFile, syncFile, writeWhole } from '@pafka/log'

import { BLOCK_BYTES, type TestFile, type TestIo } from './test-file.ts'

/** The broker stores and reads segments in pieces of up to so much, several at a time. */
const PIECE_BYTES = 4 * MIB
const LANES = 4
/** Through the page cache no more than this waits for a sync, so that the last one ends soon. */
const UNSYNCED_BYTES = 64 * MIB
/** Enough for a p99, and on a rotating disk the time is over before. */
const MOST_DURABLE_WRITES = 2000
/** What is written over, again and again. */
const RING_BYTES = 8 * MIB
/** What a clock tells at least: no rate is infinite. */
const NANOSECOND_MS = 1e-6

/** Bytes one after another, several pieces in flight. */
export interface Throughput {
  readonly bytes: number
  readonly seconds: number
  readonly bytesPerSecond: number
}

/** Blocks of 4 KiB over blocks that were written before, each until it outlives a power cut. */
export interface DurableWrites {
  /**
   * `direct` is one call that ends when the block is durable, `synced` a write and an fdatasync,
   * `mapped` stores and a fence, `memory` a write to what no power cut spares.
   */
  readonly way: 'direct' | 'synced' | 'mapped' | 'memory'
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface Measured {
  readonly io: TestIo
  readonly write: Throughput
  readonly durableWrites: DurableWrites
  readonly read: Throughput
  /** What was read lay in the page cache: it tells of memory, not of the disk. */
  readonly isReadFromCache: boolean
}

export interface MeasureOptions {
  /** For each of the three measurements. */
  readonly seconds: number
  readonly fileBytes: number
  /** Milliseconds that never go back, with fractions. */
  readonly now?: () => number
}

type Timing = Required<MeasureOptions>

/**
 * What a path does, in the way the broker uses it. Rejects with the system error, after all that
 * was in flight.
 */
export async function measurePath(file: TestFile, options: MeasureOptions): Promise<Measured> {
  const timing: Timing = { now: () => performance.now(), ...options }
  const write = await writeThrough(file, timing)
  const durableWrites = await writeDurably(file, write.bytes, timing)
  const read = await readThrough(file, write.bytes, timing)
  return { io: file.io, write, durableWrites, read, isReadFromCache: file.io !== 'direct' }
}

async function writeThrough(file: TestFile, timing: Timing): Promise<Throughput> {
  const { plain, io } = file
  const piece = alignedMemory(Math.min(PIECE_BYTES, timing.fileBytes))
  randomFillSync(piece) // some disks only note zeros
  let unsyncedBytes = 0
  const result = await inLanes(timing.fileBytes, timing, async (positionBytes, bytes) => {
    await writeWhole(plain, piece.subarray(0, bytes), positionBytes)
    unsyncedBytes += bytes
    if (io !== 'buffered' || unsyncedBytes < UNSYNCED_BYTES) return
    unsyncedBytes = 0
    await syncFile(plain)
  })
  await syncFile(plain)
  return throughput(result.bytes, timing.now() - result.beganMs)
}

async function readThrough(file: TestFile, bytes: number, timing: Timing): Promise<Throughput> {
  const free = Array.from({ length: LANES }, () => alignedMemory(Math.min(PIECE_BYTES, bytes)))
  const result = await inLanes(bytes, timing, async (positionBytes, length) => {
    const into = free.pop() ?? alignedMemory(length)
    await readWhole(file.plain, into.subarray(0, length), positionBytes)
    free.push(into)
  })
  return throughput(result.bytes, timing.now() - result.beganMs)
}

function readWhole(file: OpenFile, into: Uint8Array, positionBytes: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  file.read(into, positionBytes, (error, bytes) => {
    if (error !== null) reject(error)
    else if (bytes < into.length) reject(new Error('EIO: less was read than was written'))
    else resolve()
  })
  return promise
}

/**
 * Piece after piece, until all are done or time is over; one at least.
 * @returns bytes that were done from the beginning on. Rejects when no lane is under way any more.
 */
async function inLanes(
  totalBytes: number,
  { seconds, now }: Timing,
  act: (positionBytes: number, bytes: number) => Promise<void>,
): Promise<{ readonly bytes: number; readonly beganMs: number }> {
  const beganMs = now()
  let next = 0
  let hasFailed = false
  const lane = async (): Promise<void> => {
    while (next < totalBytes && !hasFailed) {
      if (next > 0 && now() - beganMs >= seconds * SECOND_MS) return
      const at = next
      next = Math.min(totalBytes, at + PIECE_BYTES)
      await act(at, next - at)
    }
  }
  const lanes = Array.from({ length: LANES }, () =>
    lane().catch((error: unknown) => {
      hasFailed = true
      throw error
    }),
  )
  const failed = (await Promise.allSettled(lanes)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  return { bytes: next, beganMs }
}

function throughput(bytes: number, tookMs: number): Throughput {
  const seconds = Math.max(tookMs, NANOSECOND_MS) / SECOND_MS
  return { bytes, seconds, bytesPerSecond: bytes / seconds }
}

async function writeDurably(file: TestFile, bytes: number, timing: Timing): Promise<DurableWrites> {
  const { seconds, now } = timing
  const ringBytes = Math.min(RING_BYTES, bytes - (bytes % BLOCK_BYTES))
  const block = alignedMemory(BLOCK_BYTES)
  randomFillSync(block)
  file.region?.prefault(0, ringBytes) // a ring that has gone round has no page to wait for
  const times: number[] = []
  const beganMs = now()
  while (times.length < MOST_DURABLE_WRITES) {
    const startMs = now()
    if (times.length > 0 && startMs - beganMs >= seconds * SECOND_MS) break
    const positionBytes = (times.length * BLOCK_BYTES) % ringBytes
    if (file.region === undefined) await writeBlock(file, block, positionBytes)
    else {
      file.region.copy(block, positionBytes)
      file.region.fence()
    }
    times.push(now() - startMs)
  }
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.ceil(times.length * share) - 1] ?? 0
  return { way: wayOf(file), count: times.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

async function writeBlock(file: TestFile, block: Buffer, positionBytes: number): Promise<void> {
  await writeWhole(file.durable ?? file.plain, block, positionBytes)
  if (file.durable === undefined) await syncFile(file.plain)
}

function wayOf({ region, io }: TestFile): DurableWrites['way'] {
  if (region !== undefined) return 'mapped'
  return io === 'direct' ? 'direct' : io === 'buffered' ? 'synced' : 'memory'
}
