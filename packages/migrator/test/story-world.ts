import type { MovableSegment, TierName, TierPath, TierSegment, TierSegmentId } from '@pafka/log'

import { type MigratorWorld, segmentName, type TopicWish } from '../src/index.ts'
import {
  isValid,
  movableSegment,
  pathView,
  type StoryEvents,
  type StoryPath,
  type StorySegment,
} from './story-device.ts'

/** A log as the migrator sees it, in memory, that obeys and says what it was asked for. */
export class StoryWorld implements MigratorWorld {
  readonly tiers: TierName[] = []
  readonly storyPaths: StoryPath[] = []
  readonly stories: Map<string, StorySegment> = new Map<string, StorySegment>()
  readonly wishes: Map<string, TopicWish> = new Map<string, TopicWish>()
  /** Times that the migrator asked for paths: it plans once each. */
  looks = 0
  readonly #tell: (effect: string) => void
  readonly #onMoved: (segment: TierSegment) => void
  /** Those of a broker that crashed find nothing to change any more. */
  #life = 0

  constructor(tell: (effect: string) => void, onMoved: (segment: TierSegment) => void) {
    this.#tell = tell
    this.#onMoved = onMoved
  }

  paths(): readonly TierPath[] {
    this.looks += 1
    return this.storyPaths.map((path) => pathView(path, this.usedBytes(path.id)))
  }

  *segments(): Iterable<TierSegment> {
    for (const { segment } of this.stories.values()) yield segment
  }

  wishOf(topic: string): TopicWish {
    return this.wishes.get(topic) ?? {}
  }

  retiringBytes(pathId: string): number {
    let bytes = 0
    for (const { segment, retiring } of this.stories.values()) {
      bytes += segment.sizeBytes * retiring.filter((id) => id === pathId).length
    }
    return bytes
  }

  move(segment: TierSegment, toPathId: string): MovableSegment | undefined {
    const story = this.stories.get(segmentName(segment))
    if (story === undefined || story.segment.pathId === toPathId) return undefined
    const [from, to] = [this.path(story.segment.pathId), this.path(toPathId)]
    this.#tell(`copy ${segmentName(segment)} ${from.id} -> ${to.id}`)
    const life = this.#life
    const events: StoryEvents = {
      tell: (effect) => life === this.#life && this.#tell(effect),
      committed: (moved, pathId) => {
        if (life === this.#life) this.#committed(moved, pathId)
      },
    }
    return movableSegment(story, { from, to }, events)
  }

  path(id: string): StoryPath {
    const path = this.storyPaths.find((other) => other.id === id)
    if (path === undefined) throw new Error(`there is no path ${id}`)
    return path
  }

  story(name: string): StorySegment {
    const story = this.stories.get(name)
    if (story === undefined) throw new Error(`there is no segment ${name}`)
    return story
  }

  seal(
    id: TierSegmentId,
    given: Pick<TierSegment, 'sizeBytes' | 'pathId' | 'newestMs'>,
  ): TierSegment {
    const place = { topic: id.topic, partition: id.partition, baseOffset: id.baseOffset }
    const segment = { ...place, ...given, readMs: 0, heatBytes: 0 }
    const fill = this.stories.size
    this.stories.set(segmentName(id), {
      ...{ segment, fill, copy: undefined, isDeleted: false, readers: 0, generation: 0 },
      retiring: [],
    })
    return segment
  }

  delete(name: string): TierSegment {
    const story = this.story(name)
    story.isDeleted = true
    this.stories.delete(name)
    return story.segment
  }

  leave(name: string): void {
    const story = this.story(name)
    story.readers = 0
    for (const id of story.retiring.splice(0)) this.#tell(`retire ${name} on ${id}`)
  }

  /** Power is gone, and comes back: readers are gone, and what was begun is void. */
  crash(): void {
    this.#life += 1
    for (const path of this.storyPaths) {
      path.held.clear()
      path.faults.clear()
    }
    for (const story of this.stories.values()) {
      story.generation += 1
      story.readers = 0
      story.retiring.length = 0
    }
  }

  usedBytes(pathId: string): number {
    let bytes = this.retiringBytes(pathId)
    for (const { segment } of this.stories.values()) {
      if (segment.pathId === pathId) bytes += segment.sizeBytes
    }
    return bytes
  }

  /** @throws when a segment has no valid copy, or a path more than it has room for */
  check(): void {
    for (const [name, story] of this.stories) {
      if (!isValid(story, story.copy)) throw new Error(`${name} has no valid copy`)
    }
    for (const { id, capacityBytes } of this.storyPaths) {
      if (this.usedBytes(id) > capacityBytes) throw new Error(`${id} is overfull`)
    }
  }

  #committed(story: StorySegment, toPathId: string): void {
    const name = segmentName(story.segment)
    const from = story.segment.pathId
    story.segment = { ...story.segment, pathId: toPathId }
    this.#tell(`commit ${name} on ${toPathId}`)
    if (story.readers > 0) story.retiring.push(from)
    else this.#tell(`retire ${name} on ${from}`)
    this.#onMoved(story.segment)
  }
}
