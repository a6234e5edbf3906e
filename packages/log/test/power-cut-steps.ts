import { isCompacted } from '@pafka/log'
import { ZERO_UUID } from '@pafka/protocol'

import { verifyAll } from './power-cut-check.ts'
import { restart } from './power-cut-restart.ts'
import {
  type World,
  create,
  promiseOf,
  logOf,
  anyTopic,
  anyPartition,
  turns,
  within,
} from './power-cut-world.ts'
import type { SentLog } from './sent-log.ts'

export async function append(world: World): Promise<void> {
  const { random, journal } = world
  for (let calls = 1 + random.below(6); calls > 0; calls--) {
    const [topic, sent] = anyPartition(world)
    const largest = random.below(8) === 0 ? journal.limitBytes / 16 - 200 : 300
    const sizes = Array.from({ length: 1 + random.below(3) }, () => 1 + random.below(largest))
    sent.append(logOf(world, topic, sent), sizes, promiseOf(world, topic))
    if (random.below(4) === 0) world.store.flushPending()
  }
  if (random.below(2) === 0) await turns(1 + random.below(4))
}

/** Begins transactions, and ends some. */
export async function transact(world: World): Promise<void> {
  const { random } = world
  for (let calls = 1 + random.below(8); calls > 0; calls--) {
    const [topic, sent] = anyPartition(world)
    if (isCompacted(topic.config)) continue
    world.nextProducerId += 1000
    const log = logOf(world, topic, sent)
    sent.transact(log, random, world.nextProducerId, promiseOf(world, topic))
    if (random.below(4) === 0) world.store.flushPending()
  }
  if (random.below(2) === 0) await turns(1 + random.below(4))
}

/** Lets what runs in the background go on for a while, and looks at all logs. */
export async function settle(world: World): Promise<void> {
  await turns(1 + world.random.below(12))
  await verifyAll(world)
}

export async function resend(world: World): Promise<void> {
  const [topic, sent] = anyPartition(world)
  sent.resend(logOf(world, topic, sent))
}

export async function age({ clock, random }: World): Promise<void> {
  for (let ticks = 1 + random.below(3); ticks > 0; ticks--) {
    clock.advance(5000)
    await turns(1 + random.below(6))
  }
}

export async function checkpoint(world: World): Promise<void> {
  const running = world.store.checkpoint().catch((error: unknown) => {
    if (!world.isBroken) throw error
  })
  if (world.random.below(2) === 0) await within(running, 'checkpoint')
  else running.catch(() => undefined)
}

export async function deleteRecords(world: World): Promise<void> {
  const [topic, sent] = anyPartition(world)
  const isKept = topic.config.flushMessages === 1 || !world.hasFileLives
  if (!isKept || promiseOf(world, topic) !== 'power' || world.isBroken) return
  const log = logOf(world, topic, sent)
  const range = log.highWatermark - log.logStartOffset
  const target = log.logStartOffset + world.random.below(range + 1)
  await within(log.deleteRecordsBefore(target), 'delete records')
  sent.startRaised(target)
  world.clock.advance(0)
}

/** Cuts off a log's end; an accident may come meanwhile. */
export async function truncate(world: World): Promise<void> {
  const [topic, sent] = anyPartition(world)
  if (world.isBroken || world.hasFileLives || isCompacted(topic.config)) return
  if (world.channel !== 'journal') return // only a checkpoint of the journal makes a cut one step
  const log = logOf(world, topic, sent)
  const running = log.truncateTo(sent.cutting(world.random))
  if (world.random.below(3) > 0) {
    await within(running, 'truncation')
    sent.cut(log)
    return verifyAll(world)
  }
  running.catch(() => undefined)
  await turns(world.random.below(30))
  await restart(world, world.random.below(3) === 0 ? 'kill' : 'power')
}

/** Under the same name there is another topic. */
export async function recreate(world: World): Promise<void> {
  if (world.isBroken || world.hasFileLives || world.random.below(2) === 0) return
  const topic = anyTopic(world)
  // nobody could tell the folder of one without an id from that of the next
  const isNameless = topic.partitions.some(
    (sent) => logOf(world, topic, sent).topicId === ZERO_UUID,
  )
  if (isNameless) return
  for (const sent of topic.partitions) {
    world.gone.set(sent.topicId, topic.partitions)
    await within(world.store.delete([logOf(world, topic, sent)]), 'delete')
  }
  if (world.random.below(2) === 0) world.clock.advance(0)
  create(world, topic)
}

export async function flush(world: World): Promise<void> {
  const [topic, sent] = anyPartition(world)
  const flushed = logOf(world, topic, sent).flush()
  await turns(50)
  world.clock.advance(1000) // it may wait for room that is asked for again
  await within(
    flushed.catch((error: unknown) => {
      if (!world.isBroken) throw error
    }),
    'flush',
  )
}

/** Retention by size, as the store's timer asks for it. */
export async function retain(world: World): Promise<void> {
  await within(world.store.enforceRetention(world.clock.nowMs()), 'retention')
  if (world.random.below(2) === 0) world.clock.advance(0)
  for (const topic of world.topics) {
    const isKept = topic.config.retentionBytes < 0
    if (!isKept) for (const sent of topic.partitions) sent.retained(logOf(world, topic, sent))
  }
}

/** Drops older records of the same keys; an accident may come meanwhile. */
export async function compact(world: World): Promise<void> {
  const { random, store } = world
  const compacted = world.topics.filter(({ config }) => isCompacted(config))
  const topic = compacted[random.below(compacted.length)]
  if (topic === undefined) return append(world)
  const sent = topic.partitions[random.below(topic.partitions.length)] as SentLog
  const log = logOf(world, topic, sent)
  const isOne = random.below(2) === 0
  const running = isOne ? store.clean(log) : store.cleanIfDirty(world.clock.nowMs())
  const settled = running.catch((error: unknown) => {
    if (!world.isBroken && !world.disk.isDead) throw error
  })
  if (random.below(3) > 0) {
    await within(settled, 'compaction')
    if (random.below(2) === 0) world.clock.advance(0)
    return verifyAll(world)
  }
  settled.catch(() => undefined)
  await turns(random.below(30))
  await restart(world, random.below(3) === 0 ? 'kill' : 'power')
}
