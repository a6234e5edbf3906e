import { KIB, MIB } from '@pafka/base'
import { defaultLogConfig, diskError, type LogStore, SimulatedDisk } from '@pafka/log'
import { expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, TOPIC_ID } from './test-store.ts'

const DIRS = ['/data/a', '/data/b']
const VALUE = Buffer.alloc(10 * KIB)

async function append(store: LogStore, partition: number): Promise<void> {
  const log = store.get('t', partition)
  if (log === undefined) throw new Error('no such log')
  log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
  await committed(log)
}

test('a full log dir does not hold back what others have stored', async () => {
  const files = SimulatedDisk.create()
  const journal = { folder: '/journal', limitBytes: 8 * MIB, tailBytes: 16 * MIB }
  const store = await openStore({ files, store: { dirs: DIRS, channel: 'journal', journal } })
  for (const partition of [0, 1]) {
    store.create({ topic: 't', topicId: TOPIC_ID, partition }, defaultLogConfig)
  }
  for (let count = 0; count < 10; count += 1) await append(store, 0)
  await append(store, 1)
  const used = store.journal?.usedBytes ?? 0
  const full = store.get('t', 1)?.dir ?? ''
  expect(store.get('t', 0)?.dir).not.toBe(full)
  files.fault = (operation, path) =>
    operation === 'write' && path.startsWith(full) ? diskError('ENOSPC', path) : undefined
  await expect(store.checkpoint()).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
  expect(store.journal?.usedBytes).toBeLessThan(used / 4)
  files.fault = () => undefined
  await store.close()
})
