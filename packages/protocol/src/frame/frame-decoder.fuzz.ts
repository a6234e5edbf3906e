import { DecodeError, type Random } from '@pafka/base'
import type { Fuzz } from '@pafka/testing'

import { FrameDecoder } from './frame-decoder.ts'

const SCRATCH_BYTES = 5000
const MAX_FRAME_BYTES = 20_000

export const fuzzes: readonly Fuzz[] = [
  { name: 'cut a stream into frames, however it arrives', run: wholeFrames },
  { name: 'cut noise into frames', run: noise },
]

function wholeFrames(random: Random): void {
  const frames = Array.from({ length: 1 + random.below(6) }, () =>
    random.bytes(random.below(random.below(4) === 0 ? MAX_FRAME_BYTES : 60)),
  )
  const stream = Buffer.concat(frames.flatMap((frame) => [sizeOf(frame), frame]))
  const cut = cutFrames(random, stream)
  const same = cut.every((frame, at) => frame.equals(frames[at] ?? Buffer.alloc(0)))
  if (!same || cut.length !== frames.length) throw new Error('other frames came out')
}

function noise(random: Random): void {
  const stream = Buffer.from(random.bytes(random.below(9000)))
  // A stream whose first sizes are modest goes on for longer.
  if (random.below(2) === 0) stream.fill(0, 0, Math.min(2, stream.length))
  try {
    cutFrames(random, stream)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
}

function cutFrames(random: Random, stream: Buffer): Buffer[] {
  const frames: Buffer[] = []
  const decoder = new FrameDecoder({
    scratch: Buffer.alloc(SCRATCH_BYTES),
    memory: { take: (sizeBytes) => Buffer.alloc(sizeBytes + random.below(3)) },
    maxFrameBytes: MAX_FRAME_BYTES,
    onFrame: (frame, sizeBytes) => frames.push(frame.subarray(0, sizeBytes)),
  })
  let at = 0
  while (at < stream.length) {
    const target = decoder.target()
    const most = Math.min(target.length, stream.length - at)
    const count = random.below(3) === 0 ? most : 1 + random.below(most)
    stream.copy(target, 0, at, at + count)
    at += count
    decoder.received(count)
  }
  return frames
}

function sizeOf(frame: Uint8Array): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return size
}
