import { type ChannelType, diskError, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { beforeEach, describe, expect, test } from 'vitest'

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

/** Appends so many bytes, which only the journal has when the store dies. */
async function leaveToJournal(sizeBytes: number): Promise<Buffer> {
  const store = await openStore({ files, store: { channel: 'journal', journal: JOURNAL } })
  const log = createLog(store)
  log.appendAsLeader(batchOf(numbered(3)), CLIENT)
  log.appendAsLeader(batchOfSize(sizeBytes - log.sizeBytes), CLIENT)
  await committed(log)
  const sent = await readAll(log)
  expect(sent).toHaveLength(sizeBytes)
  files = files.kill()
  return sent
}

/** As a producer sends it. */
function batchOfSize(sizeBytes: number): Buffer {
  const of = (bytes: number): Buffer =>
    batchOf([{ timestamp: TIME_MS, key: null, value: Buffer.alloc(bytes, 'v') }])
  return of(2 * sizeBytes - of(sizeBytes).length)
}

async function contentsOf(log: PartitionLog | undefined): Promise<Buffer> {
  if (log === undefined) throw new Error('the log is not there')
  return readAll(log)
}

describe('a journal that is left', () => {
  const BLOCK = 4096

  test.each([1, 16, 23, 24])(
    'gives memory a batch that ends %i bytes into a block',
    async (ends) => {
      const sent = await leaveToJournal(9 * BLOCK + ends)
      const store = await openStore({ files, store: { channel: 'pmem', journal: JOURNAL } })
      expect((await contentsOf(store.get('topic', 0))).equals(sent)).toBe(true)
      await store.close()
      expect(files.stat('/journal')).toBeUndefined()
    },
  )

  const CHANNELS: readonly ChannelType[] = ['file', 'pmem']
  const DIRS = [
    { dirs: ['/data'], why: 'EIO' },
    { dirs: ['/data', '/other'], why: 'bring back their log dir' },
  ]
  const CASES = CHANNELS.flatMap((channel) => DIRS.map((asked) => ({ channel, ...asked })))

  test.each(CASES)('for $channel stays when one of $dirs fails meanwhile', async (asked) => {
    const { channel, dirs, why } = asked
    const sent = await leaveToJournal(20_000)
    files.isPersistentMemory = true
    files.fault = (operation, path) => {
      const isMeant = operation === 'write' || operation === 'store'
      return isMeant && path.endsWith('.log') ? diskError('EIO', path) : undefined
    }
    const opening = openStore({ files, store: { channel, dirs, journal: JOURNAL } })
    await expect(opening).rejects.toThrow(why)
    files = files.kill()
    const again = await openStore({ files, store: { channel, dirs, journal: JOURNAL } })
    expect((await contentsOf(again.get('topic', 0))).equals(sent)).toBe(true)
    await again.close()
  })
})
