import { basename } from 'node:path'

import { isUuid, ZERO_UUID } from '@pafka/protocol'

import type { DumpFile } from './dump-file.ts'
import { type DumpItem, type DumpItems, type FieldMap, problem } from './dump-item.ts'
import { encoded, readable } from './readable.ts'

const VERSION = '0'
/** Of a line that is none. */
const SHOWN_BYTES = 80

/** `topic partition offset` a line. Source: Kafka `OffsetCheckpointFile.java`. */
export function dumpOffsetCheckpoint(file: DumpFile): DumpItems {
  return dumpCheckpoint(file, /^(\S+) (\d+) (\d+)$/, ([topic = '', partition, offset]) => ({
    type: 'checkpointEntry',
    fields: { topic, partition: Number(partition), offset: Number(offset) },
  }))
}

/** `epoch startOffset` a line. Source: Kafka `LeaderEpochCheckpointFile.java`. */
export function dumpLeaderEpochs(file: DumpFile): DumpItems {
  return dumpCheckpoint(file, /^(\d+) (\d+)$/, ([epoch, startOffset]) => ({
    type: 'leaderEpoch',
    fields: { epoch: Number(epoch), startOffset: Number(startOffset) },
  }))
}

/** The log dirs that a journal has records for: id and path a line. */
export function dumpJournalDirs(file: DumpFile): DumpItems {
  return dumpCheckpoint(file, /^(\S+) (.+)$/, ([directoryId = '', dir = '']) => ({
    type: 'journalDir',
    fields: { directoryId, dir: Buffer.from(dir, 'latin1').toString('utf8') },
  }))
}

/** In a log dir: the ring that has its newest records. */
export function dumpJournalId(file: DumpFile): DumpItems {
  return dumpCheckpoint(file, /^([0-9a-f]{32})$/, ([ringId = '']) => ({
    type: 'journalId',
    fields: { ringId },
  }))
}

/** Version, number of lines, lines. Source: Kafka `CheckpointFile.java`. */
async function* dumpCheckpoint(
  file: DumpFile,
  pattern: RegExp,
  itemOf: (groups: readonly string[]) => DumpItem,
): DumpItems {
  const lines = linesOf(await file.all())
  const [version = '', count = '', ...entries] = lines
  if (version !== VERSION) yield problem(0, `version is ${quoted(version)}, not ${VERSION}`)
  if (!/^\d+$/.test(count)) yield problem(0, `the number of lines is ${quoted(count)}`)
  let position = version.length + count.length + 2
  for (const line of entries) {
    const found = pattern.exec(line)
    if (found === null) yield problem(position, `not a line of it: ${quoted(line)}`)
    else yield itemOf(found.slice(1))
    position += line.length + 1
  }
  if (/^\d+$/.test(count) && Number(count) !== entries.length) {
    yield problem(position, `${count} lines are promised, ${entries.length} are there`)
  }
}

/** `key=value` or `key: value` a line. Source: Kafka `MetaProperties`, `PartitionMetadataFile`. */
export async function* dumpProperties(file: DumpFile): DumpItems {
  let position = 0
  let needsTopicId = basename(file.path) === 'partition.metadata'
  const lines = linesOf(await file.all())
  if (lines.length === 0) yield problem(0, 'the file is empty')
  for (const line of lines) {
    const bytes = Buffer.from(line, 'latin1')
    const found = /^([\w.]+)\s*[=:]\s*(.*)$/.exec(bytes.toString('utf8'))
    if (found !== null) {
      const fields: FieldMap = { key: found[1] ?? '', value: found[2] ?? '' }
      yield { type: 'property', fields, text: () => readable(bytes) }
      if (needsTopicId && fields['key'] === 'topic_id') {
        needsTopicId = false
        if (!isTopicId(found[2] ?? '')) yield problem(position, `no topic id: ${quoted(line)}`)
      }
    } else if (line.trim() !== '' && !line.startsWith('#')) {
      yield problem(position, `not a property: ${quoted(line)}`)
    }
    position += line.length + 1
  }
  if (needsTopicId && lines.length > 0) yield problem(position, 'there is no topic_id')
}

/** Source: Kafka `PartitionMetadataFile.java`, which refuses the zero id. */
function isTopicId(text: string): boolean {
  return isUuid(text) && text !== ZERO_UUID
}

/** One JSON object. Source: Kafka `CleanShutdownFileHandler.java`. */
export async function* dumpCleanShutdown(file: DumpFile): DumpItems {
  const text = (await file.all()).toString('utf8')
  try {
    const found: unknown = JSON.parse(text)
    const pairs = typeof found === 'object' && found !== null ? Object.entries(found) : []
    for (const [key, value] of pairs) {
      yield { type: 'property', fields: { key, value: String(value) } }
    }
  } catch {
    yield problem(0, 'the file is no JSON')
  }
}

/** A character for each byte, so that positions are right where they are no text. */
function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('latin1').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** What should be a line may be any bytes, and many. */
function quoted(line: string): string {
  const bytes = Buffer.from(line.slice(0, SHOWN_BYTES), 'latin1')
  const { text } = encoded(bytes)
  return `${JSON.stringify(text)}${line.length > SHOWN_BYTES ? ' and more' : ''}`
}
