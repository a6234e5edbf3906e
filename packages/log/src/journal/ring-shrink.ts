import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import { alignDown } from '../memory/aligned-memory.ts'
import type { DiskRoom } from './engine-host.ts'
import type { Journal } from './journal.ts'
import type { JournalCheckpointer } from './journal-checkpointer.ts'
import { PIECE_BYTES, type RingFile } from './ring-file.ts'

export interface RingShrinkParts {
  readonly file: RingFile
  readonly journal: Journal
  readonly checkpointer: JournalCheckpointer
  readonly room: DiskRoom
}

/** Whether the ring is larger than it may grow to: its limit was another one once. */
export function isTooLarge(file: RingFile, limitBytes: number): boolean {
  return file.preparedBytes > limitBytes + PIECE_BYTES
}

/** Gives back what the ring has beyond its limit, if nothing is in it now. */
export async function shrinkRing(parts: RingShrinkParts): Promise<void> {
  const { file, journal, checkpointer, room } = parts
  const { space, limitBytes } = journal
  if (!isTooLarge(file, limitBytes) || !journal.isIdle || space.usedBytes > 0) return
  const bytes = alignDown(limitBytes, DIRECT_BLOCK_BYTES)
  // 1. rounds begin anew before the end that is to be: a start looks there, too
  space.beginAnew(bytes)
  // 2. a checkpoint that they follow: it names no place behind that end
  await checkpointer.run(true)
  // 3. what a start is to find of the ring, so that it is not taken for one that was cut
  await room.write(() => file.tellSizeOf(bytes), 'small-file')
  // 4. the rest goes
  file.cutTo(bytes)
}
