import { defaultLogConfig, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, overEachChannel, TOPIC_ID } from './test-store.ts'

const PARTITIONS = [0, 1, 2, 3, 4, 5]

overEachChannel(() => {
  test('records of many partitions that are deleted at once stay deleted', async () => {
    const files = SimulatedDisk.create()
    const store = await openStore({ files })
    const logs: PartitionLog[] = []
    for (const partition of PARTITIONS) {
      const log = store.create({ topic: 't', topicId: TOPIC_ID, partition }, defaultLogConfig)
      for (let left = 4; left > 0; left -= 1) {
        log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: null }]), CLIENT)
      }
      await committed(log)
      logs.push(log)
    }
    overtake(files)
    const deletions: Promise<ErrorCode>[] = []
    for (const log of logs) {
      deletions.push(log.deleteRecordsBefore(3))
      await new Promise((resolve) => setImmediate(resolve)) // the one before is being written
    }
    const codes = await Promise.all(deletions)
    expect(codes.every((code) => code === ErrorCode.NONE)).toBe(true)
    const again = await openStore({ files: files.kill() })
    const starts = PARTITIONS.map((partition) => again.get('t', partition)?.logStartOffset)
    expect(starts).toEqual(PARTITIONS.map(() => 3))
    await again.close()
  })
})

/** Of syncs that are under way the youngest ends first. */
function overtake(files: SimulatedDisk): void {
  const open = files.open.bind(files)
  let delay = 60
  files.open = (path, mode) => {
    const file = open(path, mode)
    if (!path.includes('log-start-offset-checkpoint')) return file
    const sync = file.sync.bind(file)
    const late = Math.max(0, (delay -= 10))
    file.sync = (done) => sync((error, bytes) => void setTimeout(() => done(error, bytes), late))
    return file
  }
}
