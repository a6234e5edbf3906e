import type { TierName, TierSegment, TierSegmentId } from '@pafka/log'

import { type ResolvedWish, resolveWish, type TopicWish, wishName } from './topic-wish.ts'
import { type WarmSegment, WarmthOrder } from './warmth-order.ts'
import { warmthMs } from './warmth.ts'

/** Segments on one path whose topics wish the same: all of them may go to the same places. */
export interface SegmentGroup {
  readonly pathId: string
  readonly wish: ResolvedWish
  readonly order: WarmthOrder
  /** Of all of them. */
  readonly sizeBytes: number
}

type GrowingGroup = { -readonly [Key in keyof SegmentGroup]: SegmentGroup[Key] }

interface Entry extends WarmSegment {
  readonly group: GrowingGroup
}

/** Names a segment among all others. */
export function segmentName({ topic, partition, baseOffset }: TierSegmentId): string {
  return `${topic}-${partition}@${baseOffset}`
}

/**
 * The segments that may be moved, kept in order as they come, change and go. A plan then looks at
 * the ends of a few lists, however many segments there are.
 */
export class SegmentIndex {
  readonly #tiers: readonly TierName[]
  /** By topic, then by name. */
  readonly #topics = new Map<string, Map<string, Entry>>()
  /** By path, then by wish. */
  readonly #paths = new Map<string, Map<string, GrowingGroup>>()
  #serial = 0
  #size = 0

  /** @param tiers fastest first; what wishes name them by */
  constructor(tiers: readonly TierName[]) {
    this.#tiers = tiers
  }

  get size(): number {
    return this.#size
  }

  /** Adds it, or puts it where it belongs after something of it changed. */
  put(segment: TierSegment, wish: TopicWish, nowMs: number): void {
    this.remove(segment)
    const group = this.#groupOf(segment.pathId, resolveWish(wish, this.#tiers))
    const serial = this.#serial
    this.#serial += 1
    const entry: Entry = { segment, warmthMs: warmthMs(segment, nowMs), serial, group }
    group.order.add(entry)
    group.sizeBytes += segment.sizeBytes
    this.#size += 1
    let named = this.#topics.get(segment.topic)
    if (named === undefined) this.#topics.set(segment.topic, (named = new Map<string, Entry>()))
    named.set(segmentName(segment), entry)
  }

  /** @returns what was known of it */
  remove(id: TierSegmentId): TierSegment | undefined {
    const named = this.#topics.get(id.topic)
    const name = segmentName(id)
    const entry = named?.get(name)
    if (named === undefined || entry === undefined) return undefined
    named.delete(name)
    if (named.size === 0) this.#topics.delete(id.topic)
    entry.group.order.remove(entry)
    entry.group.sizeBytes -= entry.segment.sizeBytes
    this.#size -= 1
    return entry.segment
  }

  get(id: TierSegmentId): TierSegment | undefined {
    return this.#topics.get(id.topic)?.get(segmentName(id))?.segment
  }

  /** Call when the wish of a topic has changed. */
  rewish(topic: string, wish: TopicWish, nowMs: number): void {
    const entries = [...(this.#topics.get(topic)?.values() ?? [])]
    for (const { segment } of entries) this.put(segment, wish, nowMs)
  }

  /** Those on one path. */
  groupsOn(pathId: string): Iterable<SegmentGroup> {
    return this.#paths.get(pathId)?.values() ?? []
  }

  #groupOf(pathId: string, wish: ResolvedWish): GrowingGroup {
    let groups = this.#paths.get(pathId)
    if (groups === undefined) {
      groups = new Map<string, GrowingGroup>()
      this.#paths.set(pathId, groups)
    }
    const name = wishName(wish)
    let group = groups.get(name)
    if (group === undefined) {
      group = { pathId, wish, order: new WarmthOrder(), sizeBytes: 0 }
      groups.set(name, group)
    }
    return group
  }
}
