import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { MIB, systemClock } from '@pafka/base'
import type { Bench } from '@pafka/testing'

import type { OpenFile } from '../files/file-system.ts'
import { nodeFileSystem } from '../files/node-file-system.ts'
import type { ColdFile } from './cold-file.ts'
import { ColdReads } from './cold-reads.ts'

/** Set for figures by hand; what tests read is small. */
const FILE_BYTES = Number(process.env['PAFKA_BENCH_FILE_MIB'] ?? 64) * MIB

export const benches: readonly Bench[] = [MIB, 6 * MIB].flatMap((lengthBytes) => [
  readBench('past the page cache', lengthBytes, coldReader),
  readBench('through the page cache', lengthBytes, bufferedReader),
])

/** Reads so many bytes, and lets go of them. @returns how many there were. */
type Reader = (positionBytes: number, lengthBytes: number) => Promise<number>

function readBench(where: string, lengthBytes: number, make: () => Reader): Bench {
  let read: Reader | undefined
  let positionBytes = 0
  return {
    name: `read ${lengthBytes} bytes ${where}, in order`,
    bytes: lengthBytes,
    async run(times) {
      read ??= make()
      for (let leftBytes = times * lengthBytes; leftBytes > 0;) {
        if (positionBytes >= FILE_BYTES) positionBytes = 0
        const count = await read(positionBytes, lengthBytes)
        // the last batch is cut off more often than not
        const used = count < lengthBytes ? count : count - 8000
        positionBytes += used
        leftBytes -= count
      }
    },
  }
}

function coldReader(): Reader {
  const reads = new ColdReads({
    files: nodeFileSystem,
    clock: systemClock,
    memoryBytes: 64 * MIB,
    concurrency: 2,
  })
  const file = benchFile()
  return async (positionBytes, lengthBytes) => {
    const leastBytes = Math.min(lengthBytes, MIB / 4)
    const range = { positionBytes, lengthBytes, leastBytes, endBytes: FILE_BYTES, canWait: true }
    const read = await reads.read(file, range)
    const count = read?.bytes.length ?? 0
    read?.release()
    return count
  }
}

function bufferedReader(): Reader {
  const file = benchFile().file()
  const buffer = Buffer.allocUnsafeSlow(8 * MIB)
  return (positionBytes, lengthBytes) =>
    new Promise((resolve, reject) => {
      file.read(buffer.subarray(0, lengthBytes), positionBytes, (error, bytes) => {
        if (error === null) resolve(bytes)
        else reject(error)
      })
    })
}

let made: ColdFile | undefined

function benchFile(): ColdFile {
  made ??= newFile()
  return made
}

function newFile(): ColdFile {
  const folder = mkdtempSync(join(tmpdir(), 'pafka-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'old')
  const piece = Buffer.alloc(MIB, 7)
  const written = openSync(path, 'w')
  for (let at = 0; at < FILE_BYTES; at += MIB) writeSync(written, piece)
  fsyncSync(written)
  closeSync(written)
  let open: OpenFile | undefined
  const file = (): OpenFile => (open ??= nodeFileSystem.open(path, 'read'))
  return { path, deleted: false, file, hold: () => void file(), release: () => {} }
}
