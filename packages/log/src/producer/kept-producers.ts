import { replaceFile } from '../checkpoint/checkpoint-file.ts'
import { isOutOfSpace } from '../files/as-error.ts'
import { syncAt } from '../files/file-calls.ts'
import type { LogParts } from '../partition/log-parts.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'

/**
 * Has the snapshot of the segment that is to be the first outlive power loss: when those before it
 * are gone nothing else tells what producers did there. One that no roll or start wrote, or that is
 * damaged, is put together of what is known now. @throws the system error
 */
export async function keepProducersAt(parts: LogParts, baseOffset: number): Promise<void> {
  const { folder } = parts
  const { files } = parts.context
  const path = parts.snapshotPath(baseOffset)
  try {
    const found = files.readFile(path)
    const entries = found && decodeProducerSnapshot(Buffer.from(found))
    if ((entries?.length ?? parts.producers.size) === 0) return
    if (entries === undefined) {
      replaceFile(files, path, encodeProducerSnapshot(parts.producers, baseOffset))
    }
    await syncAt(files, path)
    await files.syncFolder(folder)
  } catch (error) {
    // what goes makes the room; and a partition may be deleted meanwhile, with its folder
    if (!isOutOfSpace(error) && parts.folder === folder) throw error
  }
}

/**
 * As `keepProducersAt`, of a log whose oldest segments went after the journal's last checkpoint: it
 * brought back those that were left, and none of the snapshots since.
 */
export async function keepProducersBroughtBack(parts: LogParts): Promise<void> {
  const { openedPlace } = parts
  const { first } = parts.segments
  if (first === undefined || first.baseOffset <= openedPlace.segmentBaseOffset) return
  await keepProducersAt(parts, first.baseOffset)
}
