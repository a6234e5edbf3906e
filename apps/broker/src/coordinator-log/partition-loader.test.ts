import { silentLogger } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { MemoryCoordinatorLog } from '../../test/memory-coordinator-log.ts'
import { PartitionLoader } from './partition-loader.ts'

const LONG_MS = 60_000

test('what has to be done once a partition is read waits longer than a request does', async () => {
  const clock = new ManualClock()
  const log = new MemoryCoordinatorLog()
  log.records(3)
  const reading = Promise.withResolvers<void>()
  log.replay = () => reading.promise
  const order: string[] = []
  const loader = new PartitionLoader({
    clock,
    logger: silentLogger,
    log,
    what: 'things',
    replayOf: () => ({
      records: 0,
      corrupt: 0,
      foreign: 0,
      record: () => {},
      ended: () => {},
      finish: () => void order.push('read'),
    }),
  })
  loader.whenLoaded(0, () => order.push('had nothing'))
  const request = loader.ready(3)
  loader.whenLoaded(3, () => order.push('afterwards'))
  clock.advance(LONG_MS)
  expect(await request).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  expect(order).toEqual(['had nothing'])
  reading.resolve()
  await loader.allReady()
  expect(order).toEqual(['had nothing', 'read', 'afterwards'])
  loader.whenLoaded(3, () => order.push('at once'))
  expect(order.at(-1)).toBe('at once')
})
