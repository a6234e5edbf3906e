import { type Logger, seededRandom, silentLogger } from '@pafka/base'
import { diskError, type DiskOperation, type PartitionLog } from '@pafka/log'
import { ZERO_UUID } from '@pafka/protocol'

import {
  type Accident,
  type Topic,
  type World,
  begin,
  open,
  create,
  promiseOf,
  logOf,
  anyTopic,
  anyPartition,
  turns,
  readAll,
  within,
} from './power-cut-world.ts'
import { fail, type SentLog } from './sent-log.ts'

const LEAST_STEPS = 12

/**
 * One random history of a store with a small ring: appends to several partitions, checkpoints,
 * faults, and power cuts after which any part of what was not synced is there. Throws when a
 * promise was broken. The same seed gives the same history.
 */
export async function runHistory(seed: number, logger: Logger = silentLogger): Promise<void> {
  const random = seededRandom(seed)
  const world = await begin(random, logger)
  for (let left = LEAST_STEPS + random.below(20); left > 0; left--) {
    const step = STEPS[random.below(STEPS.length)] as Step
    logger.debug('step', { name: step.name })
    await step(world)
  }
  await restart(world, 'power')
  await verifyAll(world)
  await within(world.store.close(), 'close')
}

type Step = (world: World) => Promise<void>

const STEPS: readonly Step[] = [
  append,
  append,
  append,
  append,
  append,
  append,
  settle,
  settle,
  resend,
  age,
  checkpoint,
  deleteRecords,
  recreate,
  flush,
  shortWrites,
  slowDevice,
  diskFull,
  damageRing,
  damageSegment,
  kill,
  cutPower,
  cutPower,
  close,
  dieWhileOpening,
]

async function append(world: World): Promise<void> {
  const { random, journal } = world
  for (let calls = 1 + random.below(6); calls > 0; calls--) {
    const [topic, sent] = anyPartition(world)
    const largest = random.below(8) === 0 ? journal.limitBytes / 16 : 300
    const sizes = Array.from({ length: 1 + random.below(3) }, () => 1 + random.below(largest))
    sent.append(logOf(world, topic, sent), sizes, promiseOf(world, topic))
    if (random.below(4) === 0) world.store.flushPending()
  }
  if (random.below(2) === 0) await turns(1 + random.below(4))
}

/** Lets what runs in the background go on for a while, and looks at all logs. */
async function settle(world: World): Promise<void> {
  await turns(1 + world.random.below(12))
  await verifyAll(world)
}

async function resend(world: World): Promise<void> {
  const [topic, sent] = anyPartition(world)
  sent.resend(logOf(world, topic, sent))
}

async function age({ clock, random }: World): Promise<void> {
  for (let ticks = 1 + random.below(3); ticks > 0; ticks--) {
    clock.advance(5000)
    await turns(1 + random.below(6))
  }
}

async function checkpoint(world: World): Promise<void> {
  const running = world.store.checkpoint().catch((error: unknown) => {
    if (!world.isBroken) throw error
  })
  if (world.random.below(2) === 0) await within(running, 'checkpoint')
  else running.catch(() => undefined)
}

async function deleteRecords(world: World): Promise<void> {
  const [topic, sent] = anyPartition(world)
  const isKept = topic.config.flushMessages === 1 || !world.hasFileLives
  if (!isKept || promiseOf(world, topic) !== 'power' || world.isBroken) return
  const log = logOf(world, topic, sent)
  const range = log.highWatermark - log.logStartOffset
  const target = log.logStartOffset + world.random.below(range + 1)
  await within(log.deleteRecordsBefore(target), 'delete records')
  sent.logStartOffset = target
  world.clock.advance(0)
}

/** Under the same name there is another topic. */
async function recreate(world: World): Promise<void> {
  if (world.isBroken || world.hasFileLives || world.random.below(2) === 0) return
  const topic = anyTopic(world)
  for (const sent of topic.partitions) {
    world.gone.set(sent.topicId, topic.partitions)
    await within(world.store.delete(logOf(world, topic, sent)), 'delete')
  }
  if (world.random.below(2) === 0) world.clock.advance(0)
  create(world, topic)
}

async function flush(world: World): Promise<void> {
  const [topic, sent] = anyPartition(world)
  const flushed = logOf(world, topic, sent).flush()
  await within(
    flushed.catch((error: unknown) => {
      if (!world.isBroken) throw error
    }),
    'flush',
  )
}

async function shortWrites(world: World): Promise<void> {
  world.disk.longestWriteBytes = 1 + world.random.below(9000)
  await append(world)
  await turns(10)
  world.disk.longestWriteBytes = Number.POSITIVE_INFINITY
}

async function slowDevice(world: World): Promise<void> {
  const { disk, random } = world
  const most = 1 + random.below(20)
  disk.slowness = () => 1 + random.below(most)
  await append(world)
  await turns(5)
  if (random.below(2) === 0) disk.slowness = () => 1
}

async function diskFull(world: World): Promise<void> {
  if (world.channel === 'file' || world.isBroken) return
  let left = world.random.below(3)
  world.disk.fault = (operation, path) => {
    // the ring is written where it was written before, and a log has its name, which takes no room
    const isThere = path.endsWith('/ring') || path.endsWith('partition.metadata')
    if (operation !== 'write' || isThere || left-- > 0) return undefined
    return diskError('ENOSPC', path)
  }
  await append(world)
  await age(world)
  await append(world)
  await verifyAll(world)
  if (world.random.below(3) === 0) return restart(world, 'power')
  world.disk.fault = () => undefined
  world.clock.advance(1000)
  await turns(20)
}

function kill(world: World): Promise<void> {
  return restart(world, 'kill')
}

function cutPower(world: World): Promise<void> {
  return restart(world, 'power')
}

function close(world: World): Promise<void> {
  return restart(world, 'close')
}

function damageRing(world: World): Promise<void> {
  return damage(world, (path) => path.endsWith('/ring'))
}

function damageSegment(world: World): Promise<void> {
  return damage(world, (path) => path.endsWith('.log'))
}

/** A device fails some of its writes or barriers: nothing acknowledged may be lost. */
async function damage(world: World, isMeant: (path: string) => boolean): Promise<void> {
  if (world.channel === 'file' || world.isBroken) return
  const { random, disk } = world
  const operation: DiskOperation = random.below(2) === 0 ? 'write' : 'sync'
  let left = random.below(3)
  let failures = 1 + random.below(3)
  disk.fault = (asked, path) => {
    if (asked !== operation || !isMeant(path) || left-- > 0 || failures-- <= 0) return undefined
    world.isBroken = true
    return diskError('EIO', path)
  }
  for (let rounds = 0; rounds < 3; rounds++) {
    await append(world)
    await age(world)
    if (random.below(2) === 0) void world.store.checkpoint().catch(() => undefined)
  }
  await verifyAll(world)
  disk.fault = () => undefined
  if (!world.isBroken) return
  await append(world)
  if (random.below(2) === 0) await checkpoint(world)
  // a kernel that lost pages still shows them to the next process
  await restart(world, 'power')
}

async function restart(world: World, how: Accident): Promise<void> {
  world.logger.debug('restart', { how })
  await stop(world, how)
  await reopen(world, how === 'power' ? 'power' : 'kill')
}

/** An accident also happens while the store recovers from one. */
async function dieWhileOpening(world: World): Promise<void> {
  const { random } = world
  await stop(world, 'power')
  let left = random.below(60)
  world.disk.fault = (operation, path) => {
    return operation === 'sync' || left-- > 0 ? undefined : diskError('EIO', path)
  }
  const opening = open({ ...world, topics: world.topics })
  await within(
    opening.then(() => turns(random.below(10))).catch(() => undefined),
    'open',
  )
  await stop(world, 'power')
  await reopen(world, 'power')
}

async function stop(world: World, how: Accident): Promise<void> {
  if (how === 'close') await within(world.store.close(), 'close')
  const { hasDirectIo } = world.disk
  world.disk = how === 'power' ? world.disk.cutPower(world.random) : world.disk.kill()
  world.disk.hasDirectIo = hasDirectIo
}

async function reopen(world: World, accident: 'kill' | 'power'): Promise<void> {
  if (world.hasFileLives) world.channel = world.random.below(2) === 0 ? 'file' : 'journal'
  world.isBroken = false
  world.store = await within(open({ ...world, topics: world.topics }), 'open')
  for (const topic of world.topics) await find(world, topic, accident)
  for (const log of world.store.logs()) {
    const topic = world.topics.find(({ name }) => name === log.topic)
    const isKnown = topic?.partitions.some((one) => one.partition === log.partition)
    if (isKnown !== true) await bury(world, log)
  }
  await verifyAll(world)
}

/** The logs of a topic are there, unless nothing of them was ever promised. */
async function find(world: World, topic: Topic, accident: 'kill' | 'power'): Promise<void> {
  const { store } = world
  for (const sent of topic.partitions) {
    let log = store.get(topic.name, sent.partition)
    // the file channel does not sync a topic's id with the first batch
    const isNameless = world.hasFileLives && log?.topicId === ZERO_UUID
    const isIt =
      log?.topicId === sent.topicId || (isNameless && log !== undefined && (await isOf(sent, log)))
    if (log !== undefined && !isIt) {
      await bury(world, log)
      log = undefined
    }
    if (log === undefined) {
      const least = sent.leastEnd(accident)
      if (least > 0) fail(`${topic.name}-${sent.partition} with ${least} offsets is gone`)
      const { topicId, partition } = sent
      log = store.create({ topic: topic.name, topicId, partition }, topic.config)
      sent.logStartOffset = 0
    }
    sent.reopened(log, accident, promiseOf(world, topic))
  }
}

async function isOf(sent: SentLog, log: PartitionLog): Promise<boolean> {
  return sent.expected(log.highWatermark).equals(await readAll(log))
}

/**
 * A log of a topic that was deleted, or whose name was not durable yet, has nothing but what was
 * sent to it.
 */
async function bury(world: World, log: PartitionLog): Promise<void> {
  const current = world.topics.flatMap(({ partitions }) => partitions)
  const all = [...world.gone.values()].flat().concat(current)
  const served = await readAll(log)
  if (!all.some((sent) => sent.partition === log.partition && sent.has(served))) {
    fail(`${log.topic}-${log.partition}, deleted before, has what was never sent`)
  }
  await within(world.store.delete(log), 'delete')
}

async function verifyAll(world: World): Promise<void> {
  for (const topic of world.topics) {
    for (const sent of topic.partitions) {
      const log = logOf(world, topic, sent)
      if (log.logStartOffset !== sent.logStartOffset) {
        fail(`begins at ${log.logStartOffset} instead of ${sent.logStartOffset}`)
      }
      const expected = sent.expected(log.highWatermark)
      const served = await readAll(log)
      if (served.equals(expected)) continue
      const name = `${topic.name}-${sent.partition}`
      fail(
        `${name} has ${served.length} bytes instead of ${expected.length}, or others ` +
          sent.describe(),
      )
    }
  }
}
