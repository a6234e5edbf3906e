import { existsSync } from 'node:fs'
import { stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'

import { ErrorCode } from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { BrokerProcess } from './broker-process.ts'
import { produceValues, readValues, segmentFile } from './stored-values.ts'

const SHM = '/dev/shm'
const isLinux = existsSync(SHM)

test.skipIf(!isLinux)('stores to memory, and has all after kill -9 and after a stop', async () => {
  await using folder = await temporaryFolder(SHM)
  const settings = ['log.channel.type=pmem', `storage.tiers.first.paths=${folder.path}`]
  let values: string[] = []
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    await using broker = await BrokerProcess.start(...settings)
    if (values.length > 0) expect(await readValues(broker.bootstrap)).toEqual(values)
    values = [...values, ...(await produceValues(broker.bootstrap, 50))]
    expect(broker.output).toContain('log-dir-mapped')
    expect(existsSync(join(folder.path, 'journal'))).toBe(false)
    const path = await segmentFile(folder.path, '.log')
    expect((await stat(path)).size % 65_536, 'zeros behind the end').toBe(0)
    await broker.stop(signal)
    if (signal === 'SIGTERM') expect((await stat(path)).size).toBeLessThan(65_536)
  }
  await using last = await BrokerProcess.start(...settings)
  expect(await readValues(last.bootstrap)).toEqual(values)
})

test.skipIf(!isLinux)('a file that somebody cuts fails its log dir, not the process', async () => {
  await using folder = await temporaryFolder(SHM)
  await using broker = await BrokerProcess.start('log.channel.type=pmem', `log.dirs=${folder.path}`)
  await produceValues(broker.bootstrap, 10)
  await truncate(await segmentFile(folder.path, '.log'), 0)
  const refused = `expected ${ErrorCode.KAFKA_STORAGE_ERROR}`
  await expect(produceValues(broker.bootstrap, 10)).rejects.toThrow(refused)
  expect(broker.output).toContain('log-dir-failed')
  expect(await broker.stop()).toBe(0)
})

test('a disk is refused, with what to do instead', async () => {
  await using folder = await temporaryFolder()
  const broker = BrokerProcess.spawn('log.channel.type=pmem', `log.dirs=${folder.path}`)
  expect(await broker.ended()).toBe(1)
  expect(broker.output).toMatch(
    `${folder.path} is neither persistent memory (a DAX mount) nor a file system in memory`,
  )
})
