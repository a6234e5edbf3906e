// What runs in the virtual machine, with plain node and the sources:
//   node nvdimm-child.ts write CHANNEL FOLDER           appends for ever, says what is acked
//   node nvdimm-child.ts verify CHANNEL FOLDER END...   exits with 0 when all of it is there
import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { MIB, silentLogger, systemClock } from '@pafka/base'
import {
  defaultLogConfig,
  type LogConfig,
  LogStore,
  nodeFileSystem,
  type PartitionLog,
} from '@pafka/log'
import { probePmem } from '@pafka/pmem'

import { batchOf, TIME_MS } from './test-batches.ts'

const PARTITIONS = 4
const CLIENT = { origin: 'client', leaderEpoch: 0 } as const
/** Small segments, so that they roll, are made and mapped all the time. */
const config: LogConfig = { ...defaultLogConfig, segmentBytes: 2 * MIB, fileDeleteDelayMs: 0 }
/** Of a batch, where what the broker writes into it ends: all behind is the producer's. */
const CRC_AT = 17

type Channel = 'pmem' | 'journal'

/** Node buffers what goes to a pipe; the last lines before a power cut count. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}

function open(channel: Channel, folder: string): Promise<LogStore> {
  return LogStore.open({
    dirs: [join(folder, 'log')],
    channel,
    journal: { folder: join(folder, 'journal'), limitBytes: 64 * MIB, tailBytes: 8 * MIB },
    files: nodeFileSystem,
    clock: systemClock,
    logger: silentLogger,
    nodeId: 1,
    configOf: () => config,
  })
}

/** The batch at an offset: one record, of 0 to 3 KiB, unlike that of any other. */
function batchAt(partition: number, offset: number): Buffer {
  const value = Buffer.alloc((offset * 37) % 3072, `${partition}/${offset};`)
  return batchOf([{ timestamp: TIME_MS + offset, key: Buffer.from(`${partition}`), value }])
}

function logsOf(store: LogStore): PartitionLog[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const wanted = { topic: 'topic', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partition }
    return store.get('topic', partition) ?? store.create(wanted, config)
  })
}

/** Some batches of a partition at a time, one partition after the other, as fast as it goes. */
async function write(channel: Channel, folder: string): Promise<void> {
  const store = await open(channel, folder)
  const logs = logsOf(store)
  for (let round = 0; ; round++) {
    for (const [partition, log] of logs.entries()) {
      for (let left = 1 + (round % 3); left > 0; left--) {
        log.appendAsLeader(batchAt(partition, log.logEndOffset), CLIENT)
      }
      await committed(log)
    }
    say(`ACKED ${logs.map((log) => log.highWatermark).join(' ')}.`)
    if (round === 0) sayMapping(folder) // and the time to the cut begins
  }
}

function sayMapping(folder: string): void {
  say(`CAPABILITY ${JSON.stringify(probePmem(folder))}`)
  const mappings = readFileSync('/proc/self/smaps', 'latin1').split(/\n(?=[\da-f]+-[\da-f]+ )/)
  // `sf`: the kernel takes faults of this mapping synchronously, which is MAP_SYNC
  const synced = mappings.filter((mapping) => /^VmFlags:.* sf\b/m.test(mapping))
  for (const mapping of synced) say(`MAP_SYNC ${mapping.split('\n', 1)[0]}`)
  say('READY')
}

function committed(log: PartitionLog): Promise<void> {
  return new Promise((resolve, reject) => {
    log.whenCommitted(log.logEndOffset, {
      committed: () => resolve(),
      failed: (_log, error) => reject(error),
    })
  })
}

async function verify(channel: Channel, folder: string, ends: readonly number[]): Promise<void> {
  const store = await open(channel, folder)
  for (const [partition, log] of logsOf(store).entries()) {
    const end = ends[partition] ?? NaN
    say(`FOUND ${log.logEndOffset} in ${partition}, of which ${end} were acked`)
    if (!(log.logEndOffset >= end)) process.exitCode = 1
    for (let offset = 0; offset < log.logEndOffset;) offset = await verifyAt(log, partition, offset)
    // and that it goes on
    log.appendAsLeader(batchAt(partition, log.logEndOffset), CLIENT)
    await committed(log)
  }
  await store.close()
}

async function verifyAt(log: PartitionLog, partition: number, offset: number): Promise<number> {
  const read = await log.read(offset, MIB, { minOneBatch: true, upTo: log.logEndOffset })
  if (read.errorCode !== 0) throw new Error(`read at ${offset} gives ${read.errorCode}`)
  let at = offset
  for (let rest = read.records; rest.length > 0; at++) {
    const batch = batchAt(partition, at)
    const found = rest.subarray(0, batch.length)
    const isThere = batch.compare(found, CRC_AT, batch.length, CRC_AT, batch.length) === 0
    if (!isThere) throw new Error(`another batch at ${at} of partition ${partition}`)
    rest = rest.subarray(batch.length)
  }
  read.release()
  return at
}

const [command, channel, folder = '', ...ends] = process.argv.slice(2)
if (channel !== 'pmem' && channel !== 'journal') throw new Error(`no channel ${channel}`)
if (command === 'write') await write(channel, folder)
else if (command === 'verify') await verify(channel, folder, ends.map(Number))
