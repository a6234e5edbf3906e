import { partitionKey, type TopicPartition } from '../cluster/topic-partition.ts'
import type { Topic } from '../topic.ts'
import { AssignedPartition } from './assigned-partition.ts'
import type { MemberIdentity } from './group/group-member.ts'
import type { GroupOffset } from './group/group-offsets.ts'
import type { GroupProgress } from './group/group-progress.ts'
import type { PartitionProgress } from './partition-progress.ts'
import type { PartitionReader } from './partition-reader.ts'
import type { RecordFlow, StartPoint } from './record-flow.ts'

export interface AssignedPartitionsOptions<K, V> {
  readonly flow: RecordFlow
  readonly groupId: string
  /** As its coordinator knows it now. */
  readonly member: () => MemberIdentity
  /** Undefined for a topic that is not subscribed. */
  readonly contractOf: (topic: string) => Topic<K, V> | undefined
  /** Where it begins anew nothing is before: the group goes on there. */
  readonly isAuto: boolean
}

interface DirtyPartition<K, V> extends GroupOffset {
  readonly progress: PartitionProgress<K, V>
}

/** What a member of a group has, and how far each of them is. */
export class AssignedPartitions<K, V> {
  readonly #options: AssignedPartitionsOptions<K, V>
  readonly #progress: GroupProgress
  readonly #all = new Map<string, AssignedPartition<K, V>>()
  readonly #byReader = new Map<PartitionReader, AssignedPartition<K, V>>()

  constructor(options: AssignedPartitionsOptions<K, V>) {
    const { groupId, member } = options
    this.#options = options
    this.#progress = {
      groupId,
      get member() {
        return member()
      },
      committed: (offsets) => this.processedTo(offsets),
    }
  }

  get all(): Iterable<AssignedPartition<K, V>> {
    return this.#all.values()
  }

  get places(): TopicPartition[] {
    return [...this.#all.values()].map(({ place }) => place)
  }

  /** What is processed, and not committed. */
  get dirty(): DirtyPartition<K, V>[] {
    return [...this.#all.values()].flatMap((of) => {
      const { place, progress } = of
      const offset = progress.dirtyOffset
      return offset === undefined ? [] : [{ ...place, progress, offset }]
    })
  }

  ofReader(reader: PartitionReader): AssignedPartition<K, V> | undefined {
    return this.#byReader.get(reader)
  }

  /** They are this member's. Nothing is read of them yet. */
  add(places: readonly TopicPartition[]): AssignedPartition<K, V>[] {
    const { contractOf } = this.#options
    const added = places.flatMap(({ topic: name, partition }) => {
      const topic = contractOf(name)
      return topic === undefined ? [] : [new AssignedPartition(topic, partition, this.#progress)]
    })
    for (const of of added) this.#all.set(partitionKey(of.place), of)
    return added
  }

  read(of: AssignedPartition<K, V>, from: StartPoint): void {
    const { flow } = this.#options
    if (of.reader !== undefined) {
      flow.remove(of.reader)
      this.#byReader.delete(of.reader)
    }
    of.reader = flow.add(of.place.topic, of.place.partition, from, () => of.progress.source)
    this.#byReader.set(of.reader, of)
    of.wake()
  }

  /** What was to be read of it is not there: it begins anew at `offset`. */
  wasReset(reader: PartitionReader, offset: number): void {
    this.#byReader.get(reader)?.resetTo(offset, this.#options.isAuto)
  }

  /** Nothing of them is given any more. @returns those that there are */
  end(places: readonly TopicPartition[]): AssignedPartition<K, V>[] {
    return places.flatMap((place) => {
      const of = this.#all.get(partitionKey(place))
      if (of === undefined) return []
      of.end()
      if (of.reader !== undefined) {
        this.#options.flow.remove(of.reader)
        this.#byReader.delete(of.reader)
      }
      return of
    })
  }

  forget(of: AssignedPartition<K, V>): void {
    of.lost()
    const key = partitionKey(of.place)
    if (this.#all.get(key) === of) this.#all.delete(key)
  }

  /** All before these offsets is processed, and committed. */
  processedTo(offsets: readonly GroupOffset[]): void {
    for (const one of offsets) this.#all.get(partitionKey(one))?.progress.processedTo(one.offset)
  }

  /** What was given and is not processed is read again. @returns of which there is any */
  rewind(): AssignedPartition<K, V>[] {
    return [...this.#all.values()].filter((of) => {
      const offset = of.progress.givenBack()
      if (offset === undefined || of.isEnded || of.reader === undefined) return false
      this.read(of, { offset })
      return true
    })
  }
}
