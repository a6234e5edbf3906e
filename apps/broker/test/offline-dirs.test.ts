import { type LogFields, silentLogger } from '@pafka/base'
import { diskError, encodeCatalogFrame, SimulatedDisk } from '@pafka/log'
import { CreatePartitions, DescribeLogDirs, ErrorCode } from '@pafka/protocol'
import { beforeEach, expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const BOTH = ['/a', '/b']

let files: SimulatedDisk
let told: [event: string, fields: LogFields | undefined][] = []

const logger = {
  ...silentLogger,
  error: (event: string, fields?: LogFields) => void told.push([event, fields]),
}

function start(...dirs: string[]): Promise<HandlerRig> {
  told = []
  return HandlerRig.start({ files, dirs, logger })
}

/** Whatever the disk of a dir is asked. */
function fail(dir: string): void {
  files.fault = (_, path) => (path.startsWith(dir) ? diskError('EIO', path) : undefined)
}

/** `t-0` in `/a` with one record, `t-1` in `/b` with two. */
beforeEach(async () => {
  files = SimulatedDisk.create()
  await using rig = await start(...BOTH)
  await rig.createTopic('t', { partitions: 2, configs: { 'retention.ms': '7000000' } })
  await rig.append('t', [{ value: Buffer.from('x') }])
  await rig.append('t', [{ value: Buffer.from('y') }, { value: Buffer.from('z') }], 1)
})

function dirsOf(rig: HandlerRig): (string | undefined)[] | undefined {
  return rig.broker.topics.byName('t')?.partitions.map(({ log }) => log?.dir)
}

function endsOf(rig: HandlerRig): (number | undefined)[] | undefined {
  return rig.broker.topics.byName('t')?.partitions.map(({ log }) => log?.logEndOffset)
}

test('a dir that is taken out of log.dirs keeps its partitions, and says so', async () => {
  await using without = await start('/a')
  expect(endsOf(without)).toEqual([1, undefined])
  expect(files.list('/a').filter((name) => name.startsWith('t-'))).toEqual(['t-0'])
  expect(told).toContainEqual([
    'partitions-offline',
    expect.objectContaining({ dir: '/b', partitions: 1 }),
  ])
  await without.append('t', [{ value: Buffer.from('more') }])
  await without.broker.close()
  await using again = await start(...BOTH)
  expect([endsOf(again), dirsOf(again)]).toEqual([[2, 2], BOTH])
  expect(told).toEqual([])
})

test.each([
  ['in front', ['/new', '/a', '/b']],
  ['alone', ['/new']],
])('a new dir %s takes nothing that lies elsewhere', async (_, dirs) => {
  await using rig = await start(...dirs)
  if (dirs.length > 1) expect([endsOf(rig), dirsOf(rig)]).toEqual([[1, 2], BOTH])
  else expect(rig.broker.topics.all()).toEqual([])
  const overrides = rig.broker.topics.byName('t')?.configs.get('retention.ms')
  expect(overrides).toBe(dirs.length > 1 ? '7000000' : undefined)
})

test('a partition stays offline when another dir is added, and more partitions are', async () => {
  await using rig = await start('/c', '/a')
  const topic = { name: 't', count: 4, assignments: null }
  const request = { topics: [topic], timeoutMs: 1000, validateOnly: false }
  const { results } = await rig.ask(CreatePartitions, 3, request)
  expect(results).toMatchObject([{ errorCode: ErrorCode.NONE }])
  expect(dirsOf(rig)).toEqual(['/a', undefined, '/c', '/c'])
  await rig.broker.close()
  await using all = await start('/c', '/b', '/a')
  expect([dirsOf(all), endsOf(all)]).toEqual([
    ['/a', '/b', '/c', '/c'],
    [1, 2, 0, 0],
  ])
})

test('a topic deleted meanwhile does not come back, nor in the place of a new one', async () => {
  {
    await using rig = await start('/a')
    await rig.broker.topics.delete([{ name: 't', id: null }])
    await rig.createTopic('t', { partitions: 2 })
    expect(dirsOf(rig)).toEqual(['/a', '/a'])
    await rig.append('t', [{ value: Buffer.from('new') }], 1)
  }
  await using once = await start('/a')
  expect(endsOf(once)).toEqual([0, 1])
  await once.broker.close()
  await using both = await start(...BOTH)
  expect([dirsOf(both), endsOf(both)]).toEqual([
    ['/a', '/a'],
    [0, 1],
  ])
  await new Promise((resolve) => setTimeout(resolve, 1))
  both.clock.advance(1)
  expect(files.list('/b').filter((name) => /^t-\d+$/.test(name))).toEqual([])
})

/** As written when the catalog did not know dirs, and only the first had it. */
async function makeCatalogOld(): Promise<void> {
  await using rig = await start(...BOTH)
  const { id = '' } = rig.broker.topics.byName('t') ?? {}
  await rig.broker.close()
  const created = { kind: 'topic-created', name: 't', id, partitions: 2, internal: false } as const
  const frame = encodeCatalogFrame(1, [{ ...created, configs: new Map(), places: [] }])
  files.writeFile('/a/catalog.log', frame)
  await files.remove('/b/catalog.log')
}

test('a catalog from before it knew the dirs learns them', async () => {
  await makeCatalogOld()
  {
    await using rig = await start(...BOTH)
    expect(endsOf(rig)).toEqual([1, 2])
  }
  await using without = await start('/a')
  expect(endsOf(without)).toEqual([1, undefined])
})

test('a dir that fails at start takes down its partitions, and comes back with them', async () => {
  fail('/b')
  {
    await using rig = await start(...BOTH)
    expect(told.map(([event]) => event)).toEqual(['log-dir-failed', 'partitions-offline'])
    expect(endsOf(rig)).toEqual([1, undefined])
    await rig.createTopic('more', { partitions: 2 })
    const { results } = await rig.ask(DescribeLogDirs, 4, { topics: null })
    expect(results).toMatchObject([
      { logDir: '/a', errorCode: ErrorCode.NONE, topics: [{}, {}] },
      { logDir: '/b', errorCode: ErrorCode.KAFKA_STORAGE_ERROR, topics: [] },
    ])
  }
  fail('/a')
  {
    await using other = await start(...BOTH)
    // it knows what it knew before it failed
    expect(endsOf(other)).toEqual([undefined, 2])
    expect(other.broker.topics.byName('more')).toBeUndefined()
  }
  files.fault = () => undefined
  await using both = await start(...BOTH)
  expect([endsOf(both), told]).toEqual([[1, 2], []])
  expect(both.broker.topics.byName('more')?.partitions).toHaveLength(2)
})

test('what a dir that fails may hold is not made anew, though no catalog tells', async () => {
  await makeCatalogOld()
  fail('/b')
  await using rig = await start(...BOTH)
  expect(endsOf(rig)).toEqual([1, undefined])
  await rig.broker.close()
  files.fault = () => undefined
  await using mended = await start(...BOTH)
  expect(endsOf(mended)).toEqual([1, 2])
})

test('topics are not adopted while the catalog that knows them may be away', async () => {
  await makeCatalogOld()
  fail('/a')
  await expect(start(...BOTH)).rejects.toThrow('not the catalog that knows them: bring back /a')
  files.fault = () => undefined
  await using rig = await start(...BOTH)
  expect([endsOf(rig), rig.broker.topics.all().length]).toEqual([[1, 2], 1])
})

test('groups that are kept in a dir that fails wait for it; the others are served', async () => {
  {
    await using rig = await start(...BOTH)
    await rig.broker.groups.ensureReady()
  }
  fail('/b')
  await using rig = await start(...BOTH)
  rig.broker.groups.start()
  const codes = new Set<ErrorCode>()
  for (let group = 0; group < 20; group += 1) {
    const claim = { memberId: '', generationId: -1, groupInstanceId: null }
    codes.add(await rig.broker.groups.heartbeat(`group-${group}`, claim))
  }
  expect(codes).toEqual(new Set([ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.COORDINATOR_NOT_AVAILABLE]))
})
