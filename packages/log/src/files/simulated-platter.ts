import type { Random } from '@pafka/base'

import type { OpenFile } from './file-system.ts'
import type { MemoryContents } from './memory-contents.ts'
import type { Medium } from './simulated-mapping.ts'

const SECTOR_BYTES = 512
const WORD_BYTES = 8

/** A write or a change of size that no sync has covered. */
type Change = Written | { readonly sizeBytes: number }

interface Written {
  readonly positionBytes: number
  readonly bytes: Uint8Array
  /** Stored to mapped memory, word by word. */
  readonly isStored?: boolean
}

/** One file as the device has it, apart from what programs see. */
export interface Platter {
  readonly contents: MemoryContents
  changes: Change[]
}

function apply(contents: MemoryContents, change: Change): void {
  if ('sizeBytes' in change) contents.resize(change.sizeBytes)
  else contents.write(change.bytes, change.positionBytes)
}

/** Nothing of it can be lost any more. */
export function settle(platter: Platter): void {
  const { changes, contents } = platter
  platter.changes = []
  for (const change of changes) apply(contents, change)
}

/** A write that is durable by itself: no older one of the same place comes after it. */
export function keep(platter: Platter, change: Written): void {
  const from = change.positionBytes
  const end = from + change.bytes.length
  apply(platter.contents, change)
  platter.changes = platter.changes.flatMap((older): Change[] => {
    if ('sizeBytes' in older) return [older]
    const { positionBytes, bytes } = older
    if (positionBytes >= end || positionBytes + bytes.length <= from) return [older]
    const before = bytes.subarray(0, Math.max(0, from - positionBytes))
    const after = bytes.subarray(Math.min(bytes.length, end - positionBytes))
    const parts = [
      { positionBytes, bytes: before },
      { positionBytes: end, bytes: after },
    ]
    return parts.filter((part) => part.bytes.length > 0)
  })
}

/** Of each change that was not synced: nothing, all, or some of its sectors. */
export function losePower({ contents, changes }: Platter, random: Random): void {
  for (const change of changes) {
    const fate = random.below(3)
    if (fate === 0) continue
    if (fate === 1 || 'sizeBytes' in change) {
      apply(contents, change)
      continue
    }
    const unitBytes = change.isStored === true ? WORD_BYTES : SECTOR_BYTES
    for (let at = 0; at < change.bytes.length; at += unitBytes) {
      if (random.below(2) === 0) continue
      const bytes = change.bytes.subarray(at, at + unitBytes)
      apply(contents, { positionBytes: change.positionBytes + at, bytes })
    }
  }
}

export function copyContents(from: MemoryContents, to: OpenFile): void {
  const bytes = new Uint8Array(from.sizeBytes)
  from.read(bytes, 0)
  to.writeNow([bytes], 0)
}

/**
 * Mapped memory on it, as with MAP_SYNC: before a store gets through, the file's blocks and size
 * are durable.
 */
export function mediumOf(platter: Platter, check: () => void): Medium {
  return {
    check,
    stored(bytes, positionBytes) {
      settleFile(platter)
      platter.changes.push({ positionBytes, bytes, isStored: true })
    },
    fenced: () => settle(platter),
    persisted(bytes, positionBytes) {
      settleFile(platter)
      keep(platter, { positionBytes, bytes })
    },
  }
}

/** All but what was stored to mapped memory. */
function settleFile(platter: Platter): void {
  const stored = platter.changes.filter((change) => 'isStored' in change)
  if (stored.length < platter.changes.length) {
    platter.changes = platter.changes.filter((change) => !('isStored' in change))
    settle(platter)
  }
  platter.changes = stored
}
