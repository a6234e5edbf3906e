import { join } from 'node:path'

import type { Random } from '@pafka/base'
import { type FileSystem, memoryFileSystem, type PartitionLog } from '@pafka/log'
import { readBatches } from '@pafka/protocol'
import type { Fuzz } from '@pafka/testing'

import { batchOf, idempotent, numbered } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll } from './test-store.ts'

const FOLDER = '/data/topic-0'
const config = { segmentBytes: 1500, indexIntervalBytes: 150 }

export const fuzzes: readonly Fuzz[] = [
  { name: 'append batches with flipped bits and wrong lengths', run: damagedAppends },
  { name: 'open a log whose files were damaged', run: damagedFiles },
]

/** What goes in comes out whole; the rest is refused with a code. */
async function damagedAppends(random: Random): Promise<void> {
  const store = await openStore({ files: memoryFileSystem(), config })
  const log = createLog(store, config)
  const accepted: Buffer[] = []
  for (let calls = 0; calls < 30; calls++) {
    const good = batchOf(numbered(1 + random.below(4), calls))
    const known = idempotent({ producerId: random.below(2), sequence: random.below(3) })
    const bytes = damaged(Buffer.concat([good, known].slice(random.below(2))), random)
    const { errorCode } = log.appendAsLeader(bytes, CLIENT)
    if (errorCode === 0) accepted.push(bytes)
  }
  if (log.logEndOffset > 0) await committed(log)
  const served = await readAll(log)
  // a repeated batch is accepted and not written: everything served was accepted, in order
  let at = 0
  for (const bytes of accepted) {
    if (served.subarray(at, at + bytes.length).equals(bytes)) at += bytes.length
  }
  if (at !== served.length) throw new Error('other bytes are served than were accepted')
  await store.close()
}

/** Whatever the files hold, the log opens, serves the beginning of what was there, and goes on. */
async function damagedFiles(random: Random): Promise<void> {
  const files = memoryFileSystem()
  const first = await openStore({ files, config })
  const log = createLog(first, config)
  for (let at = 0; at < 40; at++) log.appendAsLeader(batchOf(numbered(2, at * 2)), CLIENT)
  await committed(log)
  const before = await readAll(log)
  await first.close()
  await files.remove('/data/.kafka_cleanshutdown')
  await files.remove('/data/recovery-point-offset-checkpoint')
  damageOne(files, random)
  const second = await openStore({ files, config })
  const reopened = second.get('topic', 0) as PartitionLog
  const after = await readAll(reopened)
  if (!covered(before).subarray(0, after.length).equals(covered(after))) {
    throw new Error('other records came back')
  }
  const { errorCode } = reopened.appendAsLeader(batchOf(numbered(1)), CLIENT)
  if (errorCode !== 0) throw new Error(`the log does not go on: ${errorCode}`)
  await committed(reopened)
  await second.close()
}

/** Without base offsets and leader epochs, whose damage no CRC shows. */
function covered(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (const { at } of readBatches(copy)) copy.fill(0, at, at + 8).fill(0, at + 12, at + 16)
  return copy
}

function damageOne(files: FileSystem, random: Random): void {
  const names = files.list(FOLDER).filter((name) => name !== 'partition.metadata')
  const path = join(FOLDER, names[random.below(names.length)] ?? '')
  const bytes = Buffer.from(files.readFile(path) ?? [])
  files.writeFile(path, damaged(bytes, random))
}

function damaged(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0 || random.below(4) === 0) return bytes
  const at = random.below(bytes.length)
  if (random.below(3) === 0) return bytes.subarray(0, at)
  bytes.writeUInt8(random.below(256), at)
  return bytes
}
