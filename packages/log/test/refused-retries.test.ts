import { MIB, SECOND_MS } from '@pafka/base'
import { type LogStore, SimulatedDisk, type Space } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { idempotent, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'
import { SMALL, tierOf } from './tier-logs.ts'
import { idOf } from './tier-stage.ts'

const FAST = { path: '/fast', sizeBytes: -1 }

describe('a batch that is there, sent again by who was not told,', () => {
  let store: LogStore
  let clock: ManualClock
  let space: Space

  beforeEach(async () => {
    const files = SimulatedDisk.create()
    files.mounts = ['/fast', '/slow']
    clock = new ManualClock(TIME_MS)
    space = { totalBytes: 1024 * MIB, usableBytes: 900 * MIB }
    const tiers = [{ name: 'NVME', paths: [FAST] } as const, tierOf('HDD', '/slow')]
    const spaceOf = async (): Promise<Space> => space
    const options = { dirs: ['/fast', '/slow'], tiers, spaceOf }
    store = await openStore({ files, clock, dir: '/fast', config: SMALL, store: options })
  })

  async function again(refuse: () => Promise<void> | void): Promise<readonly unknown[]> {
    const log = createLog(store, SMALL)
    const first = idempotent({ producerId: 7, sequence: 0 })
    const sent = [log.appendAsLeader(Buffer.from(first), CLIENT)]
    await committed(log)
    await refuse()
    sent.push(log.appendAsLeader(Buffer.from(first), CLIENT))
    sent.push(log.appendAsLeader(idempotent({ producerId: 7, sequence: 1 }), CLIENT))
    await store.close()
    return sent.map(({ errorCode, baseOffset }) => [errorCode, baseOffset])
  }

  const EXPECTED = [
    [ErrorCode.NONE, 0],
    [ErrorCode.NONE, 0],
    [ErrorCode.KAFKA_STORAGE_ERROR, -1],
  ]

  test('is answered as before where its tier takes no more', async () => {
    const refuse = (): void => store.tiers.refuse(idOf(store, '/fast'), 'all tiers are full')
    expect(await again(refuse)).toEqual(EXPECTED)
  })

  test('is answered as before where its disk is full', async () => {
    const refuse = async (): Promise<void> => {
      space = { ...space, usableBytes: 0 }
      for (let second = 0; second < 60; second += 1) {
        clock.advance(SECOND_MS)
        await turns(20)
      }
      expect(store.dirs()[0]).toMatchObject({ isShort: true })
    }
    expect(await again(refuse)).toEqual(EXPECTED)
  })
})
