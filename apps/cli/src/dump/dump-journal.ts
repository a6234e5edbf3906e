import { dirname } from 'node:path'

import { errnoOf, messageOf } from '@pafka/base'
import { decodeJournalCheckpoint, type JournalCheckpoint } from '@pafka/log'

import { DumpFile } from './dump-file.ts'
import { type DumpItems, type FieldMap, problem } from './dump-item.ts'
import { producerItems } from './dump-snapshot.ts'
import { hex } from './readable.ts'
import { type TopicNames, topicNames } from './topic-names.ts'

/** Of a ring that has none. */
export const NO_CHECKPOINT = 'there is no checkpoint beside it'

/** The journal's checkpoint: where its ring begins, and what the files of each log have. */
export async function* dumpJournalCheckpoint(file: DumpFile): DumpItems {
  const { ringId, from, logs } = decodeJournalCheckpoint(await file.all(), file.path)
  const head = { ringId: hex(ringId), position: from.positionBytes, previous: from.previous }
  yield { type: 'journalCheckpoint', fields: { ...head, logs: logs.length } }
  const names = await topicNames(dirname(file.path))
  for (const log of logs) {
    const of = { ...topicOf(log.topicId, names), partition: log.partition }
    const { segmentBaseOffset, positionBytes, offset, end } = log.place
    const items = log.producers === undefined ? [] : producerItems(log.producers, of)
    const fields = { ...of, segmentBaseOffset, position: positionBytes, endOffset: offset }
    const producers = log.producers === undefined ? null : (items?.length ?? null)
    const segment = end && {
      maxTimestamp: end.maxTimestampMs,
      leaderEpoch: end.leaderEpoch,
      indexEntries: end.offsetEntries,
      timeIndexEntries: end.timeEntries,
    }
    const { isNamed } = log
    yield { type: 'journalLog', fields: { ...fields, producers, isNamed, ...segment } }
    if (items === undefined) yield problem(null, 'the producers of this log are damaged')
    else yield* items
  }
}

export interface TopicFields extends FieldMap {
  /** Null when the catalog is elsewhere, or has forgotten it. */
  readonly topic: string | null
  readonly topicId: string
}

export function topicOf(id: Buffer, names: TopicNames): TopicFields {
  const topicId = id.toString('base64url')
  return { topic: names.get(topicId) ?? null, topicId }
}

/** @returns or why there is none */
export async function readCheckpoint(path: string): Promise<JournalCheckpoint | string> {
  try {
    const file = await DumpFile.open(path)
    try {
      return decodeJournalCheckpoint(await file.all(), path)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return NO_CHECKPOINT
    return messageOf(error)
  }
}
