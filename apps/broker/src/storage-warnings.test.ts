import { MIB, silentLogger } from '@pafka/base'
import type { JournalStatus } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import {
  warnOfLargeBatches,
  warnOfLimits,
  warnOfLittleRoom,
  warnOfMemory,
} from './storage-warnings.ts'

const STATUS: JournalStatus = {
  folder: '/journal',
  io: 'direct',
  usedBytes: 0,
  preparedBytes: 0,
  limitBytes: 64 * MIB,
  largestBatchBytes: 16 * MIB,
  tailBytes: 0,
  unstoredBytes: 0,
}

let warnings: unknown[] = []

const logger = {
  ...silentLogger,
  warn: (event: string, fields?: object) => void warnings.push({ event, ...fields }),
}

beforeEach(() => {
  warnings = []
})

async function warned(
  limitBytes: number,
  preparedBytes: number,
  usableBytes: number,
): Promise<unknown[]> {
  warnings = []
  const status = { ...STATUS, limitBytes, preparedBytes }
  await warnOfLittleRoom(status, logger, async () => ({ totalBytes: 1000 * MIB, usableBytes }))
  return warnings
}

test('a journal that may become larger than its disk has room for is warned of', async () => {
  expect(await warned(100 * MIB, 4 * MIB, 96 * MIB)).toEqual([])
  expect(await warned(100 * MIB, 4 * MIB, 96 * MIB - 1)).toEqual([
    {
      event: 'journal-larger-than-disk',
      folder: '/journal',
      limitBytes: 100 * MIB,
      preparedBytes: 4 * MIB,
      freeBytes: 96 * MIB - 1,
    },
  ])
  expect(await warned(100 * MIB, 100 * MIB, 0)).toEqual([]) // it has all of it
  expect(await warned(100 * MIB, 4 * MIB, -1)).toEqual([]) // nobody knows
})

test('folders in memory are named in one line', () => {
  warnOfMemory([], logger)
  expect(warnings).toEqual([])
  warnOfMemory(['/shm/journal', '/shm/logs'], logger)
  const ack = 'survives the end of this process, but no power cut'
  expect(warnings).toEqual([
    { event: 'storage-in-memory', folders: '/shm/journal, /shm/logs', ack },
  ])
})

test('batches that are allowed and have no room in the journal are warned of', () => {
  const messageMaxBytes = STATUS.largestBatchBytes + 1
  warnOfLargeBatches(STATUS, { messageMaxBytes: STATUS.largestBatchBytes }, logger)
  expect(warnings).toEqual([])
  warnOfLargeBatches(STATUS, { messageMaxBytes }, logger)
  const { largestBatchBytes, limitBytes: journalMaxBytes } = STATUS
  expect(warnings).toEqual([
    {
      event: 'message-max-bytes-beyond-journal',
      messageMaxBytes,
      largestBatchBytes,
      journalMaxBytes,
    },
  ])
})

test('folders that are made slow are named with their rates', () => {
  warnOfLimits(null, logger)
  expect(warnings).toEqual([])
  warnOfLimits({ folders: ['/a', '/b'], bytesPerSecond: 1e8, operationsPerSecond: 120 }, logger)
  expect(warnings).toEqual([
    {
      event: 'log-dirs-limited',
      paths: '/a, /b',
      bytesPerSecond: 1e8,
      operationsPerSecond: 120,
    },
  ])
})
