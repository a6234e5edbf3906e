import { isCompacted, type LogDirStatus, type PartitionLog } from '@pafka/log'
import { ZERO_UUID } from '@pafka/protocol'

import {
  homeOf,
  type Topic,
  type World,
  logOf,
  promiseOf,
  readAll,
  within,
} from './power-cut-world.ts'
import { fail, type SentLog } from './sent-log.ts'

/** The logs of a topic are there, unless nothing of them was ever promised. */
export async function find(world: World, topic: Topic, accident: 'kill' | 'power'): Promise<void> {
  const { store } = world
  for (const sent of topic.partitions) {
    let log = store.get(topic.name, sent.partition)
    // without a journal a topic's id need not be durable before the first batch is acknowledged
    const hasOthers = world.hasFileLives || world.disk.isPersistentMemory
    const isNameless = hasOthers && log?.topicId === ZERO_UUID
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
      const dir = homeOf(world, topic, partition)
      log = store.create({ topic: topic.name, topicId, partition, dir }, topic.config)
      sent.emptied()
    }
    sent.reopened(log, accident, promiseOf(world, topic))
  }
}

async function isOf(sent: SentLog, log: PartitionLog): Promise<boolean> {
  const served = await readAll(log)
  // compaction may have dropped records for newer ones that the accident took
  if (isCompacted(log.config)) return sent.has(served)
  return sent.problemOf(served, log.logStartOffset, log.highWatermark) === undefined
}

/**
 * A log of a topic that was deleted, or whose name was not durable yet, has nothing but what was
 * sent to it.
 */
export async function bury(world: World, log: PartitionLog): Promise<void> {
  const current = world.topics.flatMap(({ partitions }) => partitions)
  const all = [...world.gone.values()].flat().concat(current)
  const served = await readAll(log)
  if (!all.some((sent) => sent.partition === log.partition && sent.has(served))) {
    fail(`${log.topic}-${log.partition}, deleted before, has what was never sent`)
  }
  await within(world.store.delete([log]), 'delete')
}

/** Whether a log has its home in a dir, or what no checkpoint covers. */
export function isWritten(log: PartitionLog, { path, directoryId }: LogDirStatus): boolean {
  if (log.dir === path) return true
  const there = log.parts.segments.all().filter(({ moved }) => moved?.directoryId === directoryId)
  const { active } = log.parts.segments
  return there.some((one) => one === active || one.isBegun || one.storedBytes < one.sizeBytes)
}

/** Of what readers of committed records are told. */
async function ofStable(sent: SentLog, log: PartitionLog): Promise<string | undefined> {
  if (isCompacted(log.config)) return undefined
  const { highWatermark, lastStableOffset, logStartOffset: fromOffset } = log
  const range = { fromOffset, toOffset: highWatermark }
  const aborted = await within(log.transactions.aborted(range), 'aborted transactions')
  return sent.stableProblem({ highWatermark, lastStableOffset, aborted })
}

export async function verifyAll(world: World): Promise<void> {
  const { store } = world
  for (const topic of world.topics) {
    for (const sent of topic.partitions) {
      const log = logOf(world, topic, sent)
      if (log.logStartOffset !== sent.logStartOffset) {
        fail(`begins at ${log.logStartOffset} instead of ${sent.logStartOffset}`)
      }
      const upTo = log.highWatermark // it may rise meanwhile
      // of a compacted log, which may have a hole there, `readAll` would not tell
      if (upTo > log.logEndOffset) fail(`counts up to ${upTo}, and ends at ${log.logEndOffset}`)
      const served = await readAll(log).catch((error: unknown) => {
        // what no file of a dir that failed has need not be in memory any more
        if (store.dirs().every((dir) => dir.isOnline || !isWritten(log, dir))) throw error
      })
      const problem =
        served && (sent.problemOf(served, sent.logStartOffset, upTo) ?? (await ofStable(sent, log)))
      if (problem === undefined) continue
      fail(`${topic.name}-${sent.partition} has ${problem} ${sent.describe()}`)
    }
  }
}
