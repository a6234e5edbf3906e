import { GIB } from '@pafka/base'
import { defaultLogConfig, type LogStore, SimulatedDisk } from '@pafka/log'
import { randomUuid } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { TIME_MS } from './test-batches.ts'
import { openStore, overChannel } from './test-store.ts'
import { append, SMALL } from './tier-logs.ts'

const FREE = new Map([
  ['/small', GIB],
  ['/large', 9 * GIB],
])

async function open(): Promise<LogStore> {
  const spaceOf = async (folder: string): Promise<{ totalBytes: number; usableBytes: number }> => {
    return { totalBytes: 10 * GIB, usableBytes: FREE.get(folder) ?? -1 }
  }
  const store = { dirs: [...FREE.keys()], spaceOf }
  const clock = new ManualClock(TIME_MS)
  return openStore({ files: SimulatedDisk.create(), clock, config: SMALL, dir: '/small', store })
}

/** Of twenty partitions, those of each dir. */
function homesOf(store: LogStore): number[] {
  const logs = Array.from({ length: 20 }, (_, partition) => {
    return store.create(
      { topic: 'topic', topicId: randomUuid(), partition },
      { ...defaultLogConfig, ...SMALL },
    )
  })
  return [...FREE.keys()].map((path) => logs.filter(({ dir }) => dir === path).length)
}

overChannel('pmem', () => {
  test('new partitions have their home where most is free', async () => {
    const store = await open()
    expect(homesOf(store)).toEqual([2, 18])
    const [log] = store.logsOf('topic')
    if (log !== undefined) await append(log, 3)
    const used = store.mappedSpace().map(({ usedBytes }) => usedBytes > 0)
    expect(used.filter(Boolean)).toEqual([true])
    expect(store.mappedSpace().map(({ path, freeBytes }) => [path, freeBytes])).toEqual([...FREE])
    await store.close()
  })
})

overChannel('journal', () => {
  test('each log dir gets as many partitions, whatever is free, as with Kafka', async () => {
    const store = await open()
    expect([homesOf(store), store.mappedSpace()]).toEqual([[10, 10], []])
    await store.close()
  })
})
