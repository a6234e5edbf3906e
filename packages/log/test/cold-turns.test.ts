import { KIB, MIB, seededRandom } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { diskError } from '../src/files/simulated-disk.ts'
import type { ColdRange } from '../src/read/cold-read.ts'
import { ColdReads } from '../src/read/cold-reads.ts'
import { TestDevice } from '../src/read/cold-test-device.ts'

const FILE_BYTES = 12 * MIB
const content = Buffer.from(seededRandom(1).bytes(FILE_BYTES))

let isWanted = true
let device = new TestDevice()
let file = device.write('/a', content)
let reads = politeReads()

beforeEach(() => {
  isWanted = true
  device = new TestDevice()
  file = device.write('/a', content)
  reads = politeReads()
})

/** While others want the device. */
function politeReads(): ColdReads {
  const isDeviceWanted = (): boolean => isWanted
  const clock = new ManualClock()
  const memoryBytes = 16 * MIB
  return new ColdReads({ files: device, clock, memoryBytes, concurrency: 2, isDeviceWanted })
}

function range(positionBytes: number, lengthBytes: number): ColdRange {
  const all = { positionBytes, lengthBytes, leastBytes: lengthBytes, endBytes: FILE_BYTES }
  return { ...all, canWait: true }
}

/** Reads, checks and releases. @returns bytes read. */
async function check(asked: ColdRange, from = file): Promise<number> {
  const read = await reads.read(from, asked)
  if (read === undefined) throw new Error('refused')
  const { bytes } = read
  const wanted = content.subarray(asked.positionBytes, asked.positionBytes + bytes.length)
  expect(wanted.equals(bytes)).toBe(true)
  read.release()
  return bytes.length
}

test('reads are small and one at a time', async () => {
  const asked = [0, 4 * MIB, 8 * MIB].map((at) => check(range(at + 1, MIB)))
  expect(await Promise.all(asked)).toEqual([MIB, MIB, MIB])
  expect(device.mostInFlight).toBe(1)
  expect(Math.max(...device.reads.map((read) => read.lengthBytes))).toBe(256 * KIB)
})

test('the rest comes at once as soon as they do not', async () => {
  device.isHeld = true
  const asked = check(range(0, MIB))
  await device.finishOne()
  isWanted = false
  await device.finishOne()
  await device.finishAll()
  expect(await asked).toBe(MIB)
  const lengths = device.reads.slice(0, 3).map((read) => read.lengthBytes)
  expect(lengths).toEqual([256 * KIB, 256 * KIB, 512 * KIB])
})

test('a file that ends too early is told by its bytes', async () => {
  const short = device.write('/short', content.subarray(0, 300_000))
  expect(await check(range(0, MIB), short)).toBe(300_000)
})

test('an error is that of the whole read, and the next one tries again', async () => {
  device.disk.fault = (operation, path) =>
    operation === 'read' && device.reads.length > 1 ? diskError('EIO', path) : undefined
  await expect(check(range(0, MIB))).rejects.toThrow('EIO')
  device.disk.fault = () => undefined
  expect(await check(range(0, MIB))).toBe(MIB)
})

test('a close ends a read between two pieces', async () => {
  device.isHeld = true
  const asked = check(range(0, MIB))
  const settled = Promise.allSettled([asked, reads.close()])
  await device.finishAll()
  const [ended] = await settled
  expect(ended).toMatchObject({ reason: { message: 'reads are closed' } })
  expect(device.reads).toHaveLength(1)
})
