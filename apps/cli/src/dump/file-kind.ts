import { basename } from 'node:path'

import { parseSegmentName } from '@pafka/log'
import { BATCH_HEADER_BYTES, batchLengthOf, magicOf } from '@pafka/protocol'

import type { DumpFile } from './dump-file.ts'

export type FileKind =
  | 'segment'
  | 'offset-index'
  | 'time-index'
  | 'transaction-index'
  | 'producer-snapshot'
  | 'offset-checkpoint'
  | 'leader-epoch-checkpoint'
  | 'properties'
  | 'clean-shutdown'
  | 'journal-ring'
  | 'journal-checkpoint'
  | 'journal-dirs'
  | 'journal-id'
  | 'catalog'

const SEGMENT_KINDS = {
  log: 'segment',
  index: 'offset-index',
  timeindex: 'time-index',
  txnindex: 'transaction-index',
  snapshot: 'producer-snapshot',
} as const

const NAMES: Readonly<Record<string, FileKind>> = {
  'recovery-point-offset-checkpoint': 'offset-checkpoint',
  'replication-offset-checkpoint': 'offset-checkpoint',
  'log-start-offset-checkpoint': 'offset-checkpoint',
  'cleaner-offset-checkpoint': 'offset-checkpoint',
  'leader-epoch-checkpoint': 'leader-epoch-checkpoint',
  'meta.properties': 'properties',
  'partition.metadata': 'properties',
  '.kafka_cleanshutdown': 'clean-shutdown',
  'catalog.log': 'catalog',
  ring: 'journal-ring',
  checkpoint: 'journal-checkpoint',
  dirs: 'journal-dirs',
  'journal.id': 'journal-id',
}

/** By the name alone; undefined for files that are none of a broker's, or have nothing in them. */
export function kindOfName(path: string): FileKind | undefined {
  const name = basename(path)
  const segment = parseSegmentName(name)
  if (segment !== undefined) return SEGMENT_KINDS[segment.kind]
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
}

/** By the first bytes, for a file that was renamed. */
export async function kindOfContents(file: DumpFile): Promise<FileKind | undefined> {
  const head = await file.bytes(0, BATCH_HEADER_BYTES)
  const magic = head.toString('latin1', 0, 8)
  if (magic === 'pafkarnd') return 'journal-ring'
  if (magic === 'pafkackp') return 'journal-checkpoint'
  if (magic.startsWith('PCAT')) return 'catalog'
  const isBatch =
    head.length === BATCH_HEADER_BYTES &&
    magicOf(head) === 2 &&
    batchLengthOf(head) + 12 >= BATCH_HEADER_BYTES
  return isBatch ? 'segment' : undefined
}
