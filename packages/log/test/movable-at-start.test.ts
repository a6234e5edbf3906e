import { SimulatedDisk } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { createLog, openStore, overEachChannel, readAll } from './test-store.ts'
import { append, onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveAll } from './tier-stage.ts'

const DIRS = ['/fast', '/slow']

let files: SimulatedDisk

function open(): ReturnType<typeof openStore> {
  const tiers = [tierOf('NVME', '/fast'), tierOf('HDD', '/slow')]
  return openStore({ files, config: SMALL, dir: '/fast', store: { dirs: DIRS, tiers } })
}

beforeEach(() => {
  files = SimulatedDisk.create()
})

overEachChannel(() => {
  test.each(['stop', 'kill'])(
    'what could be moved can be after a %s, and is whole',
    async (how) => {
      const store = await open()
      const log = createLog(store, SMALL)
      await append(log, 9)
      await store.flush()
      await store.checkpoint()
      await append(log, 9)
      const movable = [...store.tiers.segments()].map(({ baseOffset }) => baseOffset)
      expect(movable.length).toBeGreaterThan(1)
      const sent = await readAll(log)
      if (how === 'stop') await store.close()
      else files = files.kill()
      const again = await open()
      const now = [...again.tiers.segments()].map(({ baseOffset }) => baseOffset)
      expect(now).toEqual(expect.arrayContaining(movable))
      await moveAll(again, idOf(again, '/slow'))
      await append(onlyLog(again), 3)
      // no checkpoint was made since
      files = files.kill()
      const third = await open()
      expect((await readAll(onlyLog(third))).subarray(0, sent.length)).toEqual(sent)
      expect(onlyLog(third).logEndOffset).toBe(21)
      await third.close()
    },
  )
})
