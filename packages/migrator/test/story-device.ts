import type { MovableSegment, SegmentCopy, TierPath, TierSegment } from '@pafka/log'

/** What a path is asked for; faults and holds are ordered by these names. */
export type DeviceCall = 'begin' | 'read' | 'write' | 'sync' | 'read-back' | 'commit'

/** A path of the story: what lies there, and how it behaves. */
export interface StoryPath {
  readonly id: string
  readonly tier: number
  readonly capacityBytes: number
  isOnline: boolean
  /** What those calls answer: a code of the system, `short` or `wrong`. */
  readonly faults: Map<DeviceCall, string>
  /** Calls that do not return until they are let go. */
  readonly held: Map<DeviceCall, Array<() => void>>
}

/** Pieces as they lie on a medium: a byte that fills each, and how many. */
interface Copy {
  readonly pieces: Map<number, { readonly fill: number; readonly bytes: number }>
  isSynced: boolean
}

/** A segment of the story, wherever it lies. */
export interface StorySegment {
  segment: TierSegment
  readonly fill: number
  /** The copy that is the segment; undefined where it was written by producers. */
  copy: Copy | undefined
  isDeleted: boolean
  /** Readers who keep an old copy. */
  readers: number
  /** Old copies that wait for them. */
  readonly retiring: string[]
  /** It was compacted or replaced: moves that began before are void. */
  generation: number
}

export interface StoryEvents {
  tell(effect: string): void
  /** The copy is the segment from now on. */
  committed(story: StorySegment, toPathId: string): void
}

export function pathView(path: StoryPath, usedBytes: number): TierPath {
  const { id, tier, capacityBytes, isOnline } = path
  return { id, path: `/${id}`, tier, capacityBytes, usedBytes, isOnline, isAppended: true }
}

/** What `MigratorWorld.move` hands out. */
export function movableSegment(
  story: StorySegment,
  paths: { readonly from: StoryPath; readonly to: StoryPath },
  events: StoryEvents,
): MovableSegment {
  const { sizeBytes } = story.segment
  const { generation } = story
  const name = `${story.segment.topic}-${story.segment.partition}@${story.segment.baseOffset}`
  return {
    sizeBytes,
    get isGone() {
      return story.isDeleted || story.generation !== generation
    },
    async read(into, positionBytes) {
      const fault = await asked(paths.from, 'read')
      const bytes = Math.min(into.length, sizeBytes - positionBytes)
      into.fill(fillAt(story.fill, positionBytes), 0, bytes)
      return fault === 'short' ? bytes - 1 : bytes
    },
    async beginCopy() {
      await asked(paths.to, 'begin')
      const copy: Copy = { pieces: new Map(), isSynced: false }
      return storyCopy(copy, paths.to, {
        async commit() {
          await asked(paths.to, 'commit')
          if (story.isDeleted || story.generation !== generation) return false
          if (!isValid(story, copy)) throw new Error(`${name} was committed with a bad copy`)
          story.copy = copy
          events.committed(story, paths.to.id)
          return true
        },
        async abandon() {
          events.tell(`drop the copy of ${name} on ${paths.to.id}`)
        },
      })
    },
    release: () => undefined,
  }
}

function storyCopy(
  copy: Copy,
  to: StoryPath,
  ends: Pick<SegmentCopy, 'commit' | 'abandon'>,
): SegmentCopy {
  return {
    async write(bytes, positionBytes) {
      const fault = await asked(to, 'write')
      const kept = fault === 'short' ? bytes.length - 1 : bytes.length
      const fill = bytes[0] ?? 0
      copy.pieces.set(positionBytes, { fill: fault === 'wrong' ? fill ^ 1 : fill, bytes: kept })
    },
    async sync() {
      await asked(to, 'sync')
      copy.isSynced = true
    },
    async read(into, positionBytes) {
      const fault = await asked(to, 'read-back')
      const piece = copy.pieces.get(positionBytes)
      if (piece === undefined) return 0
      into.fill(fault === 'wrong' ? piece.fill ^ 1 : piece.fill, 0, piece.bytes)
      return fault === 'short' ? piece.bytes - 1 : piece.bytes
    },
    ...ends,
  }
}

/** Durable, whole, and the bytes of the segment. */
export function isValid({ segment, fill }: StorySegment, copy: Copy | undefined): boolean {
  if (copy === undefined) return true
  let bytes = 0
  for (const [positionBytes, piece] of copy.pieces) {
    if (piece.fill !== fillAt(fill, positionBytes)) return false
    bytes += piece.bytes
  }
  return copy.isSynced && bytes === segment.sizeBytes
}

function fillAt(fill: number, positionBytes: number): number {
  return (fill + (positionBytes >>> 12) * 37 + (positionBytes >>> 20)) & 0xff
}

/** @returns `short` or `wrong`. Rejects with the system's error where that was ordered. */
async function asked(path: StoryPath, call: DeviceCall): Promise<string | undefined> {
  const waiting = path.held.get(call)
  if (waiting !== undefined) await new Promise<void>((resolve) => waiting.push(resolve))
  const fault = path.isOnline ? path.faults.get(call) : 'ENODEV'
  if (fault === undefined || fault === 'short' || fault === 'wrong') return fault
  throw Object.assign(new Error(fault), { code: fault })
}
