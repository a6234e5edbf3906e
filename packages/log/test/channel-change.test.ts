import { SimulatedDisk } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll } from './test-store.ts'

const CONFIG = { flushMessages: 1 }
const JOURNAL = { folder: '/journal', limitBytes: 4_194_304, tailBytes: 1_048_576 }

let files: SimulatedDisk

beforeEach(() => {
  files = SimulatedDisk.create()
})

test('what was appended without the journal is not cut back to what that knows', async () => {
  const first = await openStore({
    files,
    config: CONFIG,
    store: { channel: 'journal', journal: JOURNAL },
  })
  const log = createLog(first, CONFIG)
  log.appendAsLeader(batchOf(numbered(3)), CLIENT)
  await committed(log)
  await first.close()
  const second = await openStore({
    files,
    config: CONFIG,
    store: { channel: 'file', journal: undefined },
  })
  const again = second.get('topic', 0)
  if (again === undefined) throw new Error('the log is not there')
  for (let at = 0; at < 5; at++) again.appendAsLeader(batchOf(numbered(2, 0, TIME_MS)), CLIENT)
  await committed(again)
  const sent = await readAll(again)
  files = files.kill()
  const third = await openStore({
    files,
    config: CONFIG,
    store: { channel: 'journal', journal: JOURNAL },
  })
  const found = third.get('topic', 0)
  expect(found?.logEndOffset).toBe(13)
  expect(found && (await readAll(found))).toEqual(sent)
  await third.close()
})
