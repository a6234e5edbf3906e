import { seededRandom } from '@pafka/base'
import { type LogConfig, type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { encodeEndTransactionMarker, encodeRecordBatch } from '@pafka/protocol'
import { beforeEach, expect, test } from 'vitest'

import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overEachChannel } from './test-store.ts'

const CONFIG: Partial<LogConfig> = { segmentBytes: 400, indexIntervalBytes: 200, retentionMs: -1 }

let disk: SimulatedDisk
let store: LogStore
let log: PartitionLog

async function open(): Promise<void> {
  store = await openStore({ files: disk, config: CONFIG })
  log = store.get('topic', 0) ?? createLog(store, CONFIG)
}

beforeEach(async () => {
  disk = SimulatedDisk.create()
  await open()
})

/** A record in a transaction of a producer. @returns its offset */
function send(producerId: number, baseSequence = 0, producerEpoch = 0): number {
  const records = [{ timestamp: TIME_MS, key: null, value: Buffer.alloc(30) }]
  const options = { records, producerId, producerEpoch, baseSequence, transactional: true }
  const bytes = Buffer.from(encodeRecordBatch(options))
  const result = log.appendAsLeader(bytes, { ...CLIENT, transactionVerified: true })
  expect(result.errorCode).toBe(0)
  return result.baseOffset
}

/** @returns the offset of the marker */
function end(producerId: number, commit: boolean, producerEpoch = 0): number {
  const marker = { producerId, producerEpoch, coordinatorEpoch: 0, timestamp: TIME_MS, commit }
  const bytes = Buffer.from(encodeEndTransactionMarker(marker))
  return log.appendAsLeader(bytes, { origin: 'coordinator', leaderEpoch: 0 }).baseOffset
}

function plain(): number {
  return log.appendAsLeader(batchOf(numbered(1)), CLIENT).baseOffset
}

/** Aborted transactions of a range: producer, first and last offset, last stable offset. */
async function aborted(
  fromOffset = 0,
  toOffset = log.lastStableOffset,
): Promise<readonly (readonly number[])[]> {
  const found = await log.transactions.aborted({ fromOffset, toOffset })
  return found.map((one) => [one.producerId, one.firstOffset, one.lastOffset, one.lastStableOffset])
}

overEachChannel(() => {
  test('the last stable offset stands before the first transaction that is open', async () => {
    plain()
    send(7)
    send(8)
    plain()
    await committed(log)
    expect([log.lastStableOffset, log.highWatermark]).toEqual([1, 4])
    end(7, true)
    await committed(log)
    expect(log.lastStableOffset).toBe(2)
    end(8, false)
    await committed(log)
    expect([log.lastStableOffset, log.highWatermark]).toEqual([6, 6])
  })

  test('it rises with the marker only when that is committed', async () => {
    send(7)
    await committed(log)
    end(7, true)
    expect([log.lastStableOffset, log.highWatermark]).toEqual([0, 1])
    await committed(log)
    expect(log.lastStableOffset).toBe(2)
  })

  test('readers are told of what was aborted in a range, and of nothing else', async () => {
    const fates = [false, true, false, false, true]
    for (const [at, commit] of fates.entries()) {
      send(at)
      send(at, 1)
      end(at, commit)
    }
    await committed(log)
    expect(await aborted()).toEqual([
      [0, 0, 2, 3],
      [2, 6, 8, 9],
      [3, 9, 11, 12],
    ])
    expect(await aborted(0, 6)).toEqual([[0, 0, 2, 3]])
    expect(await aborted(3, 10)).toEqual([
      [2, 6, 8, 9],
      [3, 9, 11, 12],
    ])
    expect(await aborted(8, 9)).toEqual([[2, 6, 8, 9]])
    expect(await aborted(12)).toEqual([])
  })

  test('those that end in later segments are found from earlier ones', async () => {
    send(1)
    send(2)
    for (let left = 20; left > 0; left--) plain()
    end(2, false)
    for (let left = 20; left > 0; left--) plain()
    end(1, false)
    await committed(log)
    expect(await aborted(0, 2)).toEqual([
      [2, 1, 22, 0],
      [1, 0, 43, 44],
    ])
    expect(await aborted(30, 32)).toEqual([[1, 0, 43, 44]])
  })

  test('a producer may abort one transaction after the other', async () => {
    for (let sequence = 0; sequence < 5; sequence++) {
      send(7, sequence)
      end(7, sequence === 2)
    }
    await committed(log)
    expect((await aborted()).map(([, first, last]) => [first, last])).toEqual([
      [0, 1],
      [2, 3],
      [6, 7],
      [8, 9],
    ])
  })

  test('a marker without a transaction changes nothing', async () => {
    plain()
    end(7, false)
    await committed(log)
    expect([log.lastStableOffset, await aborted()]).toEqual([2, []])
  })

  test.each(['stop', 'kill', 'power'])('all of it is known after a %s', async (how) => {
    for (let at = 0; at < 40; at++) {
      send(at)
      if (at % 3 !== 0) end(at, at % 3 === 1)
      if (at === 20) await store.checkpoint()
    }
    await committed(log)
    await log.flush()
    const before = [log.lastStableOffset, await aborted(0, log.highWatermark)]
    expect(before[1]).toHaveLength(13)
    for (let starts = 0; starts < 2; starts++) {
      if (how === 'stop') await store.close()
      disk = how === 'power' ? disk.cutPower(seededRandom(starts + 1)) : disk.kill()
      await open()
      expect([log.lastStableOffset, await aborted(0, log.highWatermark)]).toEqual(before)
    }
    end(0, false)
    await committed(log)
    expect((await aborted()).at(0)?.slice(0, 3)).toEqual([2, 3, 4])
    expect((await aborted(0, log.highWatermark)).at(-1)?.slice(0, 2)).toEqual([0, 0])
  })

  test('what is cut off is not known any more', async () => {
    send(1)
    end(1, false)
    const open_ = send(2)
    end(2, false)
    await committed(log)
    await log.truncateTo(open_ + 1)
    expect([log.lastStableOffset, await aborted(0, log.highWatermark)]).toEqual([
      open_,
      [[1, 0, 1, 2]],
    ])
    end(2, true)
    await committed(log)
    expect([log.lastStableOffset, await aborted()]).toEqual([4, [[1, 0, 1, 2]]])
  })

  test('deleted records do not hold it back', async () => {
    send(1)
    for (let left = 10; left > 0; left--) plain()
    await committed(log)
    await log.deleteRecordsBefore(5)
    expect(log.lastStableOffset).toBe(5)
  })

  test('more aborts than memory has of an index are read from its file', async () => {
    log.setConfig({ ...log.config, segmentBytes: 1_000_000 })
    for (let at = 0; at < 1500; at++) {
      send(at)
      end(at, false)
      if (at % 50 === 0) await committed(log)
    }
    await committed(log)
    expect(await aborted()).toHaveLength(1500)
    expect(await aborted(2000, 2010)).toHaveLength(5)
    await store.close()
    disk = disk.kill()
    await open()
    expect((await aborted(1000)).map(([id]) => id)).toEqual(
      Array.from({ length: 1000 }, (_, at) => 500 + at),
    )
  })
})
