// The smallest log there is, to prove that stores, flushes and fences are in order: an end mark,
// then records. Wrong ways to write it are here too, for the proof must find them.
import type { PersistentRegion } from '../src/persistent-region.ts'

/** The end mark is in a line of its own; it says how many bytes are behind `RECORDS_AT`. */
export const RECORDS_AT = 64

/** How an append is done. All but the first are wrong. */
export type Protocol =
  | 'right'
  | 'mark before fence'
  | 'mark not persisted'
  | 'record through the view, not persisted'
  | 'record through the view, half persisted'
  | 'mark before record'
  | 'acknowledged before fence'

/** Appends while there is room. @returns the new end, when the record is durable. */
export function appendRecord(
  region: PersistentRegion,
  protocol: Protocol,
  end: number,
  record: Uint8Array,
): number {
  const at = RECORDS_AT + end
  const newEnd = end + record.length
  switch (protocol) {
    case 'right':
      region.copy(record, at)
      region.fence()
      region.store64(0, newEnd)
      break
    case 'mark before fence': // and so both at a time
      region.copy(record, at)
      region.store64(0, newEnd)
      break
    case 'mark not persisted':
      region.copy(record, at)
      region.fence()
      markInView(region, newEnd)
      break
    case 'record through the view, not persisted':
      region.view.set(record, at)
      region.fence()
      region.store64(0, newEnd)
      break
    case 'record through the view, half persisted':
      region.view.set(record, at)
      region.persist(at, record.length >> 1)
      region.store64(0, newEnd)
      break
    case 'mark before record':
      region.store64(0, newEnd)
      region.copyAndPersist(record, at)
      break
    case 'acknowledged before fence':
      region.copy(record, at)
      region.fence()
      region.copy(markOf(newEnd), 0)
      break
  }
  return newEnd
}

/** What the mark says is there. */
export function recoverRecords(region: PersistentRegion): Uint8Array {
  const end = Number(new DataView(region.view.buffer).getBigUint64(0, true))
  return region.view.slice(RECORDS_AT, RECORDS_AT + end)
}

function markInView(region: PersistentRegion, end: number): void {
  new DataView(region.view.buffer).setBigUint64(0, BigInt(end), true)
}

function markOf(end: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(end)).buffer)
}
