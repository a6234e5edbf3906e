import { errnoOf, KIB, MIB, type Random } from '@pafka/base'
import { type Fuzz, ManualClock } from '@pafka/testing'

import { diskError } from '../files/simulated-disk.ts'
import type { ColdRead } from './cold-read.ts'
import { ColdReads } from './cold-reads.ts'
import { TestDevice, type TestFile, turn } from './cold-test-device.ts'

const MEMORY_BYTES = MIB
/** What the spare piece takes at most, so that the budget holds without exception. */
const LONGEST_BYTES = 96 * KIB
const FILES = 3
const STEPS = 120

export const fuzzes: readonly Fuzz[] = [
  { name: 'read old bytes while files grow, fail and are forgotten', run: readsOfAllKinds },
]

/** A file as it should be; bytes on disk from `endBytes` on are not what they will be. */
interface Model {
  readonly file: TestFile
  readonly bytes: Buffer
  endBytes: number
  /** Where a reader goes on who goes forward. */
  nextBytes: number
}

/** What is served is what the file has, in the budget, and everybody gets an answer. */
async function readsOfAllKinds(random: Random): Promise<void> {
  const device = new TestDevice()
  device.disk.hasDirectIo = random.below(4) > 0
  const clock = new ManualClock()
  const concurrency = 1 + random.below(3)
  const reads = new ColdReads({ files: device, clock, memoryBytes: MEMORY_BYTES, concurrency })
  const models = Array.from({ length: FILES }, (_, at) => newModel(device, random, `/${at}`))
  const readers = new Readers(reads, random)
  device.disk.fault = (operation, path) =>
    operation === 'read' && random.below(20) === 0 ? diskError('EIO', path) : undefined
  for (let step = 0; step < STEPS; step++) {
    const model = models[random.below(FILES)] as Model
    const what = random.below(20)
    if (what < 12) readers.start(model)
    else if (what < 14) grow(device, random, model)
    else if (what < 17) readers.releaseSome()
    else if (what < 18) await device.finishOne()
    else if (what < 19) device.isHeld = !device.isHeld
    else if (random.below(3) === 0) clock.advance(10_000)
    else if (random.below(2) === 0) reads.forget(model.file)
    if (random.below(4) === 0) await turn()
  }
  await readers.finish(device)
  const { peakBytes } = reads.stats
  if (peakBytes > MEMORY_BYTES) throw new Error(`took ${peakBytes} bytes`)
  if (device.mostInFlight > concurrency) throw new Error('more reads in flight than allowed')
  do await device.finishAll()
  while (models.some(({ file }) => file.uses > 0))
  clock.advance(20_000)
  if (reads.stats.takenBytes > 0) throw new Error('memory is not given back')
  if (device.openHandles > 0) throw new Error('files are left open')
  await reads.close()
}

function newModel(device: TestDevice, random: Random, path: string): Model {
  const words = new Uint32Array(50_000 + random.below(100_000))
  const salt = random.below(2 ** 32)
  const bytes = Buffer.from(words.map((_, at) => Math.imul(at ^ salt, 0x9e3779b1)).buffer)
  const endBytes = random.below(bytes.length)
  const file = device.write(path, bytes.subarray(0, endBytes))
  return { file, bytes, endBytes, nextBytes: 0 }
}

/** More is committed; beyond it stands what a write under way may leave. */
function grow(device: TestDevice, random: Random, model: Model): void {
  const { file, bytes, endBytes } = model
  model.endBytes = Math.min(bytes.length, endBytes + random.below(100_000))
  const written = bytes.subarray(endBytes, model.endBytes)
  device.write(file.path, Buffer.concat([written, Buffer.alloc(random.below(9000), 1)]), endBytes)
}

class Readers {
  readonly #reads: ColdReads
  readonly #random: Random
  readonly #held: ColdRead[] = []
  readonly #waiting = new Set<Promise<unknown>>()
  readonly #errors: unknown[] = []

  constructor(reads: ColdReads, random: Random) {
    this.#reads = reads
    this.#random = random
  }

  start(model: Model): void {
    const random = this.#random
    const goesOn = random.below(3) > 0
    const positionBytes = goesOn ? model.nextBytes : random.below(model.endBytes + 1)
    const lengthBytes = random.below(LONGEST_BYTES)
    const leastBytes = random.below(2) === 0 ? lengthBytes : random.below(lengthBytes + 1)
    const { endBytes } = model
    const canWait = random.below(2) === 0
    const asked = { positionBytes, lengthBytes, leastBytes, endBytes, canWait }
    const reading = this.#reads.read(model.file, asked).then(
      (read) => {
        if (read === undefined) {
          if (canWait) throw new Error('refused a reader who can wait')
          return
        }
        const { length } = read.bytes
        const wanted = model.bytes.subarray(positionBytes, positionBytes + length)
        if (!wanted.equals(read.bytes)) throw new Error('other bytes than the file has')
        if (length > lengthBytes) throw new Error('more bytes than were asked for')
        const least = Math.max(0, Math.min(leastBytes, endBytes - positionBytes))
        if (length < least) throw new Error('fewer bytes than there are')
        model.nextBytes = positionBytes + length - random.below(Math.min(length + 1, 5000))
        this.#held.push(read)
      },
      (error: unknown) => {
        if (errnoOf(error) !== 'EIO') throw error
      },
    )
    const ended = reading.catch((error: unknown) => this.#errors.push(error))
    this.#waiting.add(ended)
    void ended.then(() => this.#waiting.delete(ended))
  }

  releaseSome(): void {
    for (let left = this.#random.below(6); left > 0; left--) {
      const [read] = this.#held.splice(this.#random.below(this.#held.length), 1)
      read?.release()
    }
  }

  /** All readers get an answer once nobody holds memory and the device works. */
  async finish(device: TestDevice): Promise<void> {
    for (let limit = 2000; this.#waiting.size > 0; limit--) {
      for (const read of this.#held.splice(0)) read.release()
      await device.finishAll()
      if (limit === 0) throw new Error('a reader got no answer')
    }
    for (const read of this.#held.splice(0)) read.release()
    if (this.#errors.length > 0) throw new AggregateError(this.#errors, 'a read went wrong')
  }
}
