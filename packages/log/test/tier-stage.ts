import { alignedMemory } from '../src/memory/aligned-memory.ts'
import type { LogStore, PartitionLog, TierSegment } from '@pafka/log'

import { createLog } from './test-store.ts'
import { append, SMALL } from './tier-logs.ts'

/** More than a segment of a test has. */
const ENOUGH_BYTES = 1_048_576

/** Moves one segment as a migrator does. @returns false when it was gone */
export async function moveSegment(
  store: LogStore,
  segment: TierSegment,
  pathId: string,
  before: () => Promise<void> = async () => undefined,
): Promise<boolean> {
  const move = store.tiers.move(segment, pathId)
  if (move === undefined) return false
  try {
    const copy = await move.beginCopy()
    const memory = alignedMemory(ENOUGH_BYTES)
    const count = await move.read(memory, 0)
    if (count !== move.sizeBytes) throw new Error(`read ${count} of ${move.sizeBytes} bytes`)
    await copy.write(memory.subarray(0, count), 0)
    await copy.sync()
    const again = alignedMemory(ENOUGH_BYTES)
    const back = await copy.read(again, 0)
    if (!again.subarray(0, back).equals(memory.subarray(0, count))) throw new Error('other bytes')
    await before()
    return await copy.commit()
  } finally {
    move.release()
  }
}

/** Moves all segments that may be moved. @returns their base offsets */
export async function moveAll(store: LogStore, pathId: string): Promise<number[]> {
  const moved: number[] = []
  for (const segment of [...store.tiers.segments()]) {
    if (segment.pathId === pathId) continue
    if (await moveSegment(store, segment, pathId)) moved.push(segment.baseOffset)
  }
  return moved
}

/** A log with few batches, of which all but the newest segment lie in another log dir. */
export async function splitLog(store: LogStore, path: string): Promise<PartitionLog> {
  const log = createLog(store, SMALL)
  await append(log, 9)
  await store.flush()
  await store.checkpoint()
  const moved = await moveAll(store, idOf(store, path))
  if (moved.length < 2) throw new Error(`${moved.length} segments moved`)
  return log
}

/** Id of a log dir. */
export function idOf(store: LogStore, path: string): string {
  return store.dirs().find((dir) => dir.path === path)?.directoryId ?? ''
}

/** Where the segments of a log lie: names of log dirs, in order. */
export function placesOf(store: LogStore, log: PartitionLog): string[] {
  const paths = new Map(store.dirs().map(({ path, directoryId }) => [directoryId, path]))
  return [...log.parts.segments].map(({ moved }) => {
    return moved === undefined ? 'home' : (paths.get(moved.directoryId) ?? '?')
  })
}
