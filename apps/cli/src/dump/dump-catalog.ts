import { DecodeError } from '@pafka/base'
import {
  type CatalogFrame,
  type CatalogRecord,
  findCatalogFrame,
  readCatalogFrame,
} from '@pafka/log'

import type { DumpFile } from './dump-file.ts'
import {
  type DumpItem,
  type DumpItems,
  type FieldMap,
  note,
  pairsOf,
  problem,
} from './dump-item.ts'

/** The frames of the catalog, and the records in them. */
export async function* dumpCatalog(file: DumpFile): DumpItems {
  const bytes = await file.all()
  let at = 0
  let last: number | undefined
  while (at < bytes.length) {
    const frame = frameAt(bytes, at)
    if (frame instanceof DecodeError) {
      yield problem(at, `the frame's records do not decode: ${frame.message}`)
      return
    }
    if (frame === undefined) {
      const next = nextFrame(bytes, at)
      const lost = `${(next === -1 ? bytes.length : next) - at} bytes are no whole frame`
      if (next === -1 && last !== undefined) {
        yield note(at, `${lost}: a change that was cut short, which the next start drops`)
        return
      }
      yield problem(at, next === -1 ? lost : `${lost}, and the broker refuses to start`)
      if (next === -1) return
      at = next
      continue
    }
    yield frameItem(frame, at)
    if (last !== undefined && frame.sequence !== last + 1) {
      yield problem(at, `sequence is ${frame.sequence}, not ${last + 1}`)
    }
    yield* frame.records.map(recordItem)
    last = frame.sequence
    at = frame.endBytes
  }
}

function frameAt(bytes: Buffer, at: number): CatalogFrame | DecodeError | undefined {
  try {
    return readCatalogFrame(bytes, at)
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

/** -1 when there is none; one that does not decode counts. */
function nextFrame(bytes: Buffer, at: number): number {
  try {
    return findCatalogFrame(bytes, at)
  } catch {
    return -1
  }
}

function frameItem(frame: CatalogFrame, position: number): DumpItem {
  const { sequence, records, endBytes } = frame
  const fields = { sequence, position, size: endBytes - position, records: records.length }
  return { type: 'catalogFrame', fields }
}

function recordItem(record: CatalogRecord): DumpItem {
  const { kind } = record
  const fields = fieldsOf(record)
  return {
    type: 'catalogRecord',
    fields: { kind, ...fields },
    text: () => `| ${kind} ${pairsOf(fields)}`,
  }
}

/** All but its kind. */
function fieldsOf(record: CatalogRecord): FieldMap {
  const { kind: _, ...fields } = record
  if ('configs' in fields) return { ...fields, configs: toObject(fields.configs) }
  if ('levels' in fields) return { ...fields, levels: toObject(fields.levels) }
  if ('entity' in fields) {
    const entity = fields.entity.map((part) => ({ ...part }))
    return { entity, quotas: toObject(fields.quotas) }
  }
  if ('dirs' in fields) return { ...fields, dirs: fields.dirs.map((dir) => ({ ...dir })) }
  return { ...fields }
}

function toObject<Value>(configs: ReadonlyMap<string, Value>): Readonly<Record<string, Value>> {
  return Object.fromEntries([...configs].toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
