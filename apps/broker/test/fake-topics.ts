import type {
  ConsumerGroupSettings,
  ConsumerGroupTimes,
} from '../src/consumer-groups/consumer-world.ts'
import type { ShareGroupSettings, ShareSettings } from '../src/share-groups/share-world.ts'
import type {
  StreamsGroupSettings,
  StreamsGroupTimes,
} from '../src/streams-groups/streams-world.ts'
import type { GroupTopic, TopicsView } from '../src/consumer-groups/topics-view.ts'

/** Topics for groups to subscribe to. */
export class FakeTopics implements TopicsView {
  readonly #topics = new Map<string, GroupTopic>()
  #ids = 0
  /** Rises with each change. */
  version = 0

  /** Makes the topic, or gives it more partitions. */
  set(name: string, partitions: number): void {
    this.version += 1
    const id = this.#topics.get(name)?.id ?? `${String((this.#ids += 1)).padStart(21, 'A')}A`
    this.#topics.set(name, { name, id, partitions: { length: partitions } })
  }

  delete(name: string): void {
    this.version += 1
    this.#topics.delete(name)
  }

  byName(name: string): GroupTopic | undefined {
    return this.#topics.get(name)
  }

  byId(id: string): GroupTopic | undefined {
    return this.all().find((topic) => topic.id === id)
  }

  all(): readonly GroupTopic[] {
    return [...this.#topics.values()]
  }
}

export type SaidSettings = Partial<ConsumerGroupSettings & ConsumerGroupTimes>

/** Kafka's defaults, but for what is said otherwise. */
export function consumerSettings(settings: SaidSettings): ConsumerGroupSettings {
  const times = {
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 5000,
    assignmentIntervalMs: 0,
    ...settings,
  }
  return {
    timesOf: () => times,
    maxSize: 1000,
    assignors: ['uniform', 'range'],
    migrationPolicy: 'bidirectional',
    ...settings,
  }
}

/** Kafka's defaults, but for what is said otherwise. */
export function shareSettings(settings: Partial<ShareGroupSettings>): ShareSettings {
  const all: ShareGroupSettings = {
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 5000,
    assignmentIntervalMs: 0,
    lockMs: 30_000,
    maxDeliveries: 5,
    maxLocks: 2000,
    startAt: { kind: 'latest' },
    readsCommitted: false,
    mayRenew: true,
    deadLetterTopic: '',
    copiesDeadLetters: false,
    ...settings,
  }
  return { maxSize: 3, settingsOf: () => all }
}

export type SaidStreamsSettings = Partial<StreamsGroupSettings & StreamsGroupTimes>

/** Kafka's defaults without delays, but for what is said otherwise. */
export function streamsSettings(settings: SaidStreamsSettings): StreamsGroupSettings {
  const times = {
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 5000,
    assignmentIntervalMs: 0,
    initialRebalanceDelayMs: 0,
    standbyReplicas: 0,
    ...settings,
  }
  return { ofGroup: () => times, maxSize: 1000, ...settings }
}
