import { defaultLogConfig, diskError, type LogStore, SimulatedDisk } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { batchOf, numbered } from './test-batches.ts'
import { CLIENT, openStore, overEachChannel, TOPIC_ID } from './test-store.ts'

const COUNT = 5
const CHECKPOINT = 'recovery-point-offset-checkpoint'
let files: SimulatedDisk
let store: LogStore

function folders(): string[] {
  return files.list('/data').filter((name) => name.startsWith('t-'))
}

beforeEach(() => {
  files = SimulatedDisk.create()
})

overEachChannel(() => {
  beforeEach(async () => {
    store = await openStore({ files })
    for (let partition = 0; partition < COUNT; partition += 1) {
      const log = store.create({ topic: 't', topicId: TOPIC_ID, partition }, defaultLogConfig)
      log.appendAsLeader(batchOf(numbered(1)), CLIENT)
    }
    await store.flush()
    await store.checkpoint()
    return () => store.close()
  })

  test('checkpoints are written once for all of them', async () => {
    let written = 0
    files.fault = (operation, path) => {
      if (operation === 'rename' && path.includes(CHECKPOINT)) written += 1
      return undefined
    }
    await store.delete(store.logs())
    expect([[...store.logs()], written]).toEqual([[], 1])
    expect(folders().every((name) => name.endsWith('-delete'))).toBe(true)
  })

  test('one whose folder cannot be renamed is told of, and the others go', async () => {
    files.fault = (operation, path) =>
      operation === 'rename' && path.endsWith('/t-1') ? diskError('EIO', path) : undefined
    await expect(store.delete(store.logs())).rejects.toThrow('cannot delete /data/t-1')
    expect([...store.logs()]).toEqual([])
    expect(folders().filter((name) => !name.endsWith('-delete'))).toEqual(['t-1'])
  })

  test('on a full disk all of them go at once, and the checkpoints are written after', async () => {
    files.fault = (operation, path) => {
      const isCheckpoint = operation === 'write' && path.includes(CHECKPOINT)
      return isCheckpoint && folders().length > 0 ? diskError('ENOSPC', path) : undefined
    }
    await store.delete(store.logs())
    expect(folders()).toEqual([])
  })
})
