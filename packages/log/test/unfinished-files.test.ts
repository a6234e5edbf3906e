import { SimulatedDisk } from '@pafka/log'
import { expect, test } from 'vitest'

import { batchOf, numbered } from './test-batches.ts'
import { CHANNELS, CLIENT, committed, createLog, openStore } from './test-store.ts'

const LEFT = [
  '/data/recovery-point-offset-checkpoint.7.tmp',
  '/data/.kafka_cleanshutdown.7.tmp',
  '/data/meta.properties.7.tmp',
  '/data/journal.id.7.tmp',
  '/data/journal/checkpoint.7.tmp',
  '/data/journal/dirs.7.tmp',
  '/data/topic-0/leader-epoch-checkpoint.7.tmp',
  '/data/topic-0/00000000000000000003.snapshot.7.tmp',
]
/** Of somebody else. */
const KEPT = ['/data/notes.7.tmp', '/data/journal/notes.7.tmp', '/data/topic-0/notes.7.tmp']

test.each(CHANNELS)('what a crash left of a small file goes at the start: %s', async (channel) => {
  let files = SimulatedDisk.create()
  const store = await openStore({ files, store: { channel } })
  const log = createLog(store)
  log.appendAsLeader(batchOf(numbered(3)), CLIENT)
  await committed(log)
  files.makeFolder('/data/journal')
  for (const path of [...LEFT, ...KEPT]) files.writeFile(path, Buffer.from('x'))
  files = files.kill()
  await openStore({ files, store: { channel } })
  expect(LEFT.filter((path) => files.stat(path) !== undefined)).toEqual([])
  expect(KEPT.filter((path) => files.stat(path) !== undefined)).toEqual(KEPT)
})
