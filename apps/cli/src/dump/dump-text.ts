import type { DumpFile } from './dump-file.ts'
import { type DumpItem, type DumpItems, type FieldMap, problem } from './dump-item.ts'

const VERSION = '0'

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

/** Version, number of lines, lines. Source: Kafka `CheckpointFile.java`. */
async function* dumpCheckpoint(
  file: DumpFile,
  pattern: RegExp,
  itemOf: (groups: readonly string[]) => DumpItem,
): DumpItems {
  const lines = linesOf(await file.all())
  const [version = '', count = '', ...entries] = lines
  if (version !== VERSION) yield problem(0, `version is ${JSON.stringify(version)}, not ${VERSION}`)
  if (!/^\d+$/.test(count)) yield problem(0, `the number of lines is ${JSON.stringify(count)}`)
  let position = Buffer.byteLength(`${version}\n${count}\n`)
  for (const line of entries) {
    const found = pattern.exec(line)
    if (found === null) yield problem(position, `not a line of it: ${JSON.stringify(line)}`)
    else yield itemOf(found.slice(1))
    position += Buffer.byteLength(line) + 1
  }
  if (/^\d+$/.test(count) && Number(count) !== entries.length) {
    yield problem(position, `${count} lines are promised, ${entries.length} are there`)
  }
}

/** `key=value` or `key: value` a line. Source: Kafka `MetaProperties`, `PartitionMetadataFile`. */
export async function* dumpProperties(file: DumpFile): DumpItems {
  let position = 0
  const lines = linesOf(await file.all())
  if (lines.length === 0) yield problem(0, 'the file is empty')
  for (const line of lines) {
    const found = /^([\w.]+)\s*[=:]\s*(.*)$/.exec(line)
    if (found !== null) {
      const fields: FieldMap = { key: found[1] ?? '', value: found[2] ?? '' }
      yield { type: 'property', fields, text: () => line }
    } else if (line.trim() !== '' && !line.startsWith('#')) {
      yield problem(position, `not a property: ${JSON.stringify(line)}`)
    }
    position += Buffer.byteLength(line) + 1
  }
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

function linesOf(bytes: Buffer): string[] {
  const text = bytes.toString('utf8')
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
