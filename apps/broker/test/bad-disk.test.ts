import { execFile } from 'node:child_process'
import {
  appendFile,
  chmod,
  mkdir,
  readFile,
  rm,
  statfs,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { seededRandom } from '@pafka/base'
import { DeleteRecords, ErrorCode } from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { WireClient } from '../src/try/wire-client.ts'
import { BrokerProcess } from './broker-process.ts'
import { batchOf, produceValues, readValues, segmentFile, TOPIC } from './stored-values.ts'
import { createTopic, fetchOnce, produceBytes, valuesOf } from './wire.ts'

/** Segments are all that a start after a crash has to go by. */
const PLAIN = 'log.channel.type=file'
const run = promisify(execFile)

test('a data folder in use is refused, by name and in one line', async () => {
  await using folder = await temporaryFolder()
  await using first = await BrokerProcess.start(`log.dirs=${folder.path}`)
  await using second = BrokerProcess.spawn('listeners=PLAINTEXT://:0', `log.dirs=${folder.path}`)
  expect(await second.ended()).toBe(1)
  expect(second.output).toContain(folder.path)
  expect(second.output).toMatch(/use/)
  expect(second.output).not.toMatch(/ {4}at /)
  expect(await readyStill(first)).toBe(true)
})

async function readyStill(broker: BrokerProcess): Promise<boolean> {
  using client = await WireClient.connect(broker.bootstrap)
  await createTopic(client, 'still')
  return (await produceBytes(client, 'still', batchOf('x'))).errorCode === ErrorCode.NONE
}

/** Root may write anywhere but into the kernel's own folders. */
async function unwritable(folder: string): Promise<string> {
  if (process.getuid?.() === 0) return '/sys/kernel/pafka'
  await chmod(folder, 0o500)
  return join(folder, 'data')
}

test.skipIf(process.platform !== 'linux')('a folder that is not writable is refused', async () => {
  await using folder = await temporaryFolder()
  const path = await unwritable(folder.path)
  await using broker = BrokerProcess.spawn(`log.dirs=${path}`)
  expect(await broker.ended()).toBe(1)
  expect(broker.output).toContain(path)
  expect(broker.output).not.toMatch(/ {4}at /)
})

const mayMount = process.platform === 'linux' && process.getuid?.() === 0

test.skipIf(!mayMount)(
  'a full disk refuses writes, keeps what it has, and recovers',
  () => onSmallDisk('8m', fillAndRecover),
  60_000,
)

test.skipIf(!mayMount)(
  'a start on a full disk reads, refuses, deletes, and takes records again',
  () => onSmallDisk('48m', startFull),
  60_000,
)

async function onSmallDisk(size: string, play: (disk: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  const disk = join(folder.path, 'small')
  await mkdir(disk)
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk])
  try {
    await play(disk)
  } finally {
    await run('umount', [disk])
  }
}

/** The last byte is taken by somebody else. */
async function takeRest(disk: string): Promise<void> {
  for (let tries = 0; tries < 3; tries += 1) {
    const { bavail, bsize } = await statfs(disk)
    await appendFile(join(disk, `somebody-${tries}`), Buffer.alloc(bavail * bsize)).catch(() => {})
  }
}

async function startFull(disk: string): Promise<void> {
  const settings = [`log.dirs=${disk}`, 'log.segment.bytes=1048576', 'log.channel.type=file']
  let values: string[] = []
  {
    await using broker = await BrokerProcess.start(...settings)
    using client = await WireClient.connect(broker.bootstrap)
    await createTopic(client, TOPIC)
    for (let count = 0; count < 200; count += 1) {
      values = [...values, `${count} ${'x'.repeat(100_000)}`]
      await produceBytes(client, TOPIC, batchOf(values.at(-1) ?? ''))
    }
    await broker.stop('SIGKILL')
  }
  await rm(join(disk, 'ballast'), { force: true })
  await takeRest(disk)
  await using broker = await BrokerProcess.start(...settings)
  using client = await WireClient.connect(broker.bootstrap)
  expect(await readValues(broker.bootstrap)).toEqual(values)
  const refused = await produceBytes(client, TOPIC, batchOf('one more'))
  expect(refused.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset: 150 }] }]
  const deleted = await client.send(DeleteRecords, 2, { topics, timeoutMs: 5000 })
  expect(deleted.topics).toMatchObject([{ partitions: [{ lowWatermark: 150 }] }])
  let errorCode: number = ErrorCode.KAFKA_STORAGE_ERROR
  while (errorCode !== ErrorCode.NONE) {
    errorCode = (await produceBytes(client, TOPIC, batchOf('room again'))).errorCode
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const next = await fetchOnce(client, TOPIC, { offset: values.length })
  expect(valuesOf(next)).toEqual([[values.length, 'room again']])
}

async function fillAndRecover(disk: string): Promise<void> {
  await using broker = await BrokerProcess.start(`log.dirs=${disk}`)
  using client = await WireClient.connect(broker.bootstrap)
  await createTopic(client, TOPIC)
  await writeFile(join(disk, 'somebody-else'), Buffer.alloc(4_000_000))
  const values: string[] = []
  let errorCode: number = ErrorCode.NONE
  while (errorCode === ErrorCode.NONE) {
    const value = `${values.length} ${'x'.repeat(100_000)}`
    errorCode = (await produceBytes(client, TOPIC, batchOf(value))).errorCode
    if (errorCode === ErrorCode.NONE) values.push(value)
    expect(values.length).toBeLessThan(100)
  }
  expect(errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  expect(await readValues(broker.bootstrap)).toEqual(values)
  await rm(join(disk, 'somebody-else'))
  while (errorCode !== ErrorCode.NONE) {
    errorCode = (await produceBytes(client, TOPIC, batchOf('room again'))).errorCode
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  values.push('room again')
  expect(await readValues(broker.bootstrap)).toEqual(values)
  await broker.stop('SIGKILL')
  await using again = await BrokerProcess.start(`log.dirs=${disk}`)
  expect(await readValues(again.bootstrap)).toEqual(values)
}

test('a path that cannot be a folder is refused, by name', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'file'), '')
  await using broker = BrokerProcess.spawn(`log.dirs=${folder.path}/file/data`)
  expect(await broker.ended()).toBe(1)
  expect(broker.output).toContain(`${folder.path}/file`)
  expect(broker.output).not.toMatch(/ {4}at /)
})

test('a log dir that cannot be one does not stop the others', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'file'), '')
  const [good, bad] = [join(folder.path, 'good'), join(folder.path, 'file')]
  await using broker = await BrokerProcess.start(`log.dirs=${good},${bad}`)
  const values = await produceValues(broker.bootstrap, 5)
  expect(await readValues(broker.bootstrap)).toEqual(values)
  expect(broker.output).toContain(`log-dir-failed dir=${bad}`)
  await broker.stop('SIGKILL')
  await using first = BrokerProcess.spawn(`log.dirs=${bad},${good}`)
  expect(await first.ended()).toBe(1)
  expect(first.output).toContain(`journal's folder ${bad}/journal lies in a log dir that fails`)
})

test('what was acknowledged is there after kill -9, and after a stop', async () => {
  await using folder = await temporaryFolder()
  let values: string[] = []
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await using broker = await BrokerProcess.start(`log.dirs=${folder.path}`)
    expect(await readValuesIfAny(broker, values)).toEqual(values)
    values = [...values, ...(await produceValues(broker.bootstrap, 50))]
    const code = await broker.stop(signal)
    expect(code).toBe(signal === 'SIGTERM' ? 0 : null)
  }
  await using last = await BrokerProcess.start(`log.dirs=${folder.path}`)
  expect(await readValues(last.bootstrap)).toEqual(values)
})

async function readValuesIfAny(broker: BrokerProcess, values: string[]): Promise<string[]> {
  return values.length === 0 ? [] : readValues(broker.bootstrap)
}

test('a segment with a torn or corrupt tail loses that tail only', async () => {
  await using folder = await temporaryFolder()
  const damages: ((log: string) => Promise<void>)[] = [
    async (log) => appendFile(log, seededRandom(5).bytes(300)),
    async (log) => appendFile(log, batchOf('half').subarray(0, 40)),
  ]
  let values: string[] = []
  for (const damage of damages) {
    {
      await using broker = await BrokerProcess.start(`log.dirs=${folder.path}`, PLAIN)
      values = [...values, ...(await produceValues(broker.bootstrap, 10))]
    }
    await damage(await segmentFile(folder.path, '.log'))
    await using again = await BrokerProcess.start(`log.dirs=${folder.path}`, PLAIN)
    expect(await readValues(again.bootstrap)).toEqual(values)
  }
})

test('a bit that flipped in the last batch costs that batch, and is reported', async () => {
  await using folder = await temporaryFolder()
  let values: string[] = []
  {
    await using broker = await BrokerProcess.start(`log.dirs=${folder.path}`, PLAIN)
    values = await produceValues(broker.bootstrap, 10)
  }
  const log = await segmentFile(folder.path, '.log')
  const bytes = await readFile(log)
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)
  await writeFile(log, bytes)
  await using again = await BrokerProcess.start(`log.dirs=${folder.path}`, PLAIN)
  expect(await readValues(again.bootstrap)).toEqual(values.slice(0, -1))
  expect(again.output).toContain(`${TOPIC}-0`)
})

test.each(['.index', '.timeindex'])(
  'a %s that is noise, or gone, is made anew',
  async (extension) => {
    await using folder = await temporaryFolder()
    let values: string[] = []
    {
      const small = 'log.index.interval.bytes=100'
      await using broker = await BrokerProcess.start(`log.dirs=${folder.path}`, small)
      values = await produceValues(broker.bootstrap, 60)
      await broker.stop()
    }
    const index = await segmentFile(folder.path, extension)
    for (const damage of [
      () => writeFile(index, seededRandom(6).bytes(240)),
      () => truncate(index, 7),
    ]) {
      await damage()
      await using again = await BrokerProcess.start(`log.dirs=${folder.path}`)
      expect(await readValues(again.bootstrap)).toEqual(values)
      await again.stop()
    }
  },
)
