import { join } from 'node:path'

import { StorageError } from '@pafka/base'
import { isUuid, ZERO_UUID } from '@pafka/protocol'

import { replaceDurably } from '../checkpoint/checkpoint-file.ts'
import type { FileSystem } from '../files/file-system.ts'

/** Who a log dir belongs to. Source: Kafka `MetaProperties.java`, version 1. */
export interface MetaProperties {
  readonly clusterId: string
  readonly nodeId: number
  /** Empty where a Kafka before 3.7 wrote the file. */
  readonly directoryId: string
}

export const META_NAME = 'meta.properties'
export const PARTITION_METADATA = 'partition.metadata'

/** What the error has as the code of its cause where that file cannot be made out. */
export const UNREADABLE_META = 'EBADMSG'

/** Undefined for a dir that has none. @throws StorageError for one that says something else. */
export function readMetaProperties(files: FileSystem, dir: string): MetaProperties | undefined {
  const bytes = files.readFile(join(dir, META_NAME))
  return bytes && parseMetaProperties(bytes, dir)
}

/** Its contents. @throws StorageError as `readMetaProperties` */
export function parseMetaProperties(bytes: Uint8Array, dir: string): MetaProperties {
  const found = new Map<string, string>()
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    const at = line.indexOf('=')
    if (at > 0 && !line.startsWith('#'))
      found.set(line.slice(0, at).trim(), line.slice(at + 1).trim())
  }
  const clusterId = found.get('cluster.id')
  const nodeId = Number(found.get('node.id') ?? Number.NaN)
  if (found.get('version') !== '1' || clusterId === undefined || !Number.isInteger(nodeId)) {
    const message = `${join(dir, META_NAME)} is not that of a broker's data folder`
    const cause = Object.assign(new Error('it cannot be made out'), { code: UNREADABLE_META })
    throw new StorageError(message, { cause })
  }
  return { clusterId, nodeId, directoryId: found.get('directory.id') ?? '' }
}

export async function writeMetaProperties(
  files: FileSystem,
  dir: string,
  meta: MetaProperties,
): Promise<void> {
  const lines = [
    '#',
    `cluster.id=${meta.clusterId}`,
    `directory.id=${meta.directoryId}`,
    `node.id=${meta.nodeId}`,
    'version=1',
    '',
  ]
  await replaceDurably(files, join(dir, META_NAME), Buffer.from(lines.join('\n')))
}

/** Source: Kafka `PartitionMetadataFile.java`. */
export function writePartitionMetadata(files: FileSystem, folder: string, topicId: string): void {
  const text = `version: 0\ntopic_id: ${topicId}\n`
  files.writeFile(join(folder, PARTITION_METADATA), Buffer.from(text))
}

/** The zero id when the file is missing or damaged. */
export function readTopicId(files: FileSystem, folder: string): string {
  const bytes = files.readFile(join(folder, PARTITION_METADATA))
  if (bytes === undefined) return ZERO_UUID
  const found = /^topic_id:\s*(\S+)$/m.exec(Buffer.from(bytes).toString('latin1'))
  const topicId = found?.[1] ?? ''
  return isUuid(topicId) ? topicId : ZERO_UUID
}
