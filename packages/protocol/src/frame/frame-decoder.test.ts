import { DecodeError, type Random, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { FrameDecoder } from './frame-decoder.ts'

const SCRATCH_BYTES = 8192

function decoderInto(frames: Buffer[], maxFrameBytes = 1_000_000): FrameDecoder {
  return new FrameDecoder({
    scratch: Buffer.alloc(SCRATCH_BYTES),
    memory: { take: (sizeBytes) => Buffer.alloc(sizeBytes + 3) },
    maxFrameBytes,
    onFrame: (frame, sizeBytes) => frames.push(Buffer.from(frame.subarray(0, sizeBytes))),
  })
}

/** Feeds `stream` in reads of at most `mostBytes()`, as a socket would. */
function feed(decoder: FrameDecoder, stream: Buffer, mostBytes: () => number): void {
  let at = 0
  while (at < stream.length) {
    const copied = stream.copy(decoder.target(), 0, at, Math.min(stream.length, at + mostBytes()))
    at += copied
    decoder.received(copied)
  }
}

function framed(body: Uint8Array): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

function randomBodies(random: Random): Uint8Array[] {
  const lengthOf = (): number => random.below([1, 40, 5000, 40_000][random.below(4)] ?? 1)
  return Array.from({ length: 30 }, () => random.bytes(lengthOf()))
}

test.each([1, 2, 3, 4, 5])('any split of the stream gives the same frames, seed %i', (seed) => {
  const random = seededRandom(seed)
  const bodies = randomBodies(random)
  const frames: Buffer[] = []
  const decoder = decoderInto(frames)
  feed(decoder, Buffer.concat(bodies.map(framed)), () => 1 + random.below(seed === 1 ? 3 : 20_000))
  expect(frames).toEqual(bodies.map((body) => Buffer.from(body)))
  expect(decoder.idle).toBe(true)
})

test('a frame as large as the limit passes, one byte more is refused unallocated', () => {
  const frames: Buffer[] = []
  feed(decoderInto(frames, 100), framed(Buffer.alloc(100)), () => 7)
  expect(frames).toHaveLength(1)
  const taken: number[] = []
  const refusing = new FrameDecoder({
    scratch: Buffer.alloc(SCRATCH_BYTES),
    memory: { take: (sizeBytes) => Buffer.alloc(taken.push(sizeBytes)) },
    maxFrameBytes: 100,
    onFrame: () => {},
  })
  expect(() => feed(refusing, framed(Buffer.alloc(101)), () => 4)).toThrow(DecodeError)
  expect(taken).toEqual([])
})

test('a negative size is refused', () => {
  expect(() => feed(decoderInto([]), Buffer.from([255, 255, 255, 255]), () => 4)).toThrow(
    DecodeError,
  )
})

test('half a frame is not idle and says how much is there', () => {
  const decoder = decoderInto([])
  feed(decoder, framed(Buffer.alloc(9)).subarray(0, 7), () => 7)
  expect([decoder.idle, decoder.pendingBytes]).toEqual([false, 3])
})

test('after a large frame only a head is read into the scratch buffer', () => {
  const decoder = decoderInto([])
  expect(decoder.target().length).toBe(SCRATCH_BYTES)
  feed(decoder, framed(Buffer.alloc(50_000)), () => 60_000)
  expect(decoder.target().length).toBe(4096)
})

/** Has no memory for frames above so many bytes until told. */
class ScarceMemory {
  readonly #mostBytes: number
  plenty = false

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  take(sizeBytes: number): Buffer | undefined {
    if (sizeBytes > this.#mostBytes && !this.plenty) return undefined
    return Buffer.alloc(sizeBytes)
  }
}

function decoderShortOf(memory: ScarceMemory, frames: Buffer[]): FrameDecoder {
  return new FrameDecoder({
    scratch: Buffer.alloc(SCRATCH_BYTES),
    memory,
    maxFrameBytes: 1_000_000,
    onFrame: (frame, sizeBytes) => frames.push(frame.subarray(0, sizeBytes)),
  })
}

test.each([4, 5, 1000, 8000])(
  'a frame without memory keeps what came, and goes on when there is some, reads of %i',
  (readBytes) => {
    const memory = new ScarceMemory(SCRATCH_BYTES)
    const frames: Buffer[] = []
    const decoder = decoderShortOf(memory, frames)
    const random = seededRandom(7)
    const bodies = [random.bytes(40), random.bytes(50_000), random.bytes(100)]
    const stream = Buffer.concat(bodies.map(framed))
    const early = 2000 + readBytes
    feed(decoder, stream.subarray(0, early), () => readBytes)
    expect([decoder.lacksMemory, decoder.memoryBytes, decoder.idle]).toEqual([true, 0, false])
    expect(decoder.pendingBytes).toBe(early - 40 - 8)
    expect(decoder.proceed()).toBe(false)
    const stale = decoder.target() // asked for before there is memory, as a socket does
    memory.plenty = true
    expect(decoder.proceed()).toBe(true)
    expect([decoder.lacksMemory, decoder.memoryBytes]).toEqual([false, 50_000])
    decoder.received(stream.copy(stale, 0, early, early + 10))
    feed(decoder, stream.subarray(early + 10), () => 20_000)
    expect(frames).toEqual(bodies.map((body) => Buffer.from(body)))
    expect([decoder.idle, decoder.memoryBytes]).toEqual([true, 0])
  },
)

test('at the end of the stream the memory of half a frame comes back', () => {
  const memory = new ScarceMemory(100_000)
  const decoder = decoderShortOf(memory, [])
  feed(decoder, framed(Buffer.alloc(50_000)).subarray(0, 9000), () => 9000)
  expect(decoder.abandon()?.length).toBe(50_000)
  expect(decoder.abandon()).toBe(undefined)
  feed(decoder, framed(Buffer.alloc(500_000)).subarray(0, 5000), () => 9000)
  expect(decoder.lacksMemory).toBe(true)
  expect(decoder.abandon()).toBe(undefined)
  expect(decoder.idle).toBe(true)
})
