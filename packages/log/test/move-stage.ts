import {
  alignedMemory,
  type LogStore,
  type MovableSegment,
  type PartitionLog,
  type PartitionMove,
} from '@pafka/log'

/** More than a segment of a test has. */
const ENOUGH_BYTES = 1_048_576

export interface MoveSteps {
  /** Before each copy counts. */
  readonly before?: () => Promise<void>
  /** The partition lies in the other dir. */
  readonly placed?: () => Promise<void>
}

/** Moves a partition as a broker does. @returns false when it was gone, or there already */
export async function movePartition(
  store: LogStore,
  log: PartitionLog,
  path: string,
  { before = async () => undefined, placed = async () => undefined }: MoveSteps = {},
): Promise<boolean> {
  const move = await store.moves.begin(log, path)
  if (move === undefined) return false
  const copy = (segment: MovableSegment): Promise<boolean> => copySegment(segment, before)
  try {
    // so few that they could be left for the end
    for (let left = log.describe().segments; left > 0; left--) await copyNext(move, copy)
    while (!(await move.isNear())) await copyNext(move, copy)
    return await move.end({ copy, placed })
  } finally {
    await move.abandon()
  }
}

async function copyNext(
  move: PartitionMove,
  copy: (segment: MovableSegment) => Promise<boolean>,
): Promise<void> {
  const next = move.next()
  if (next !== undefined) await copy(next)
}

async function copySegment(segment: MovableSegment, before: () => Promise<void>): Promise<boolean> {
  try {
    const copy = await segment.beginCopy()
    const memory = alignedMemory(ENOUGH_BYTES)
    const count = segment.sizeBytes === 0 ? 0 : await segment.read(memory, 0)
    if (segment.isGone) return false
    if (count !== segment.sizeBytes) throw new Error(`read ${count} of ${segment.sizeBytes} bytes`)
    if (count > 0) await copy.write(memory.subarray(0, count), 0)
    await copy.sync()
    await before()
    return await copy.commit()
  } finally {
    segment.release()
  }
}
