import type { Logger } from '@pafka/base'
import { ConsumerProtocolSubscription, ErrorCode, WireWriter, ZERO_UUID } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'

import type { GroupCoordinatorOptions } from '../src/groups/coordinator-options.ts'
import { GroupCoordinator } from '../src/groups/group-coordinator.ts'
import type { OffsetCommit } from '../src/groups/coordinator-answer.ts'
import {
  consumerSettings,
  FakeTopics,
  type SaidSettings,
  type SaidStreamsSettings,
  shareSettings,
  streamsSettings,
} from './fake-topics.ts'
import { MemoryCoordinatorLog } from './memory-coordinator-log.ts'
import type { ShareGroupSettings } from '../src/share-groups/share-world.ts'
import type { OffsetToCommit } from '../src/groups/offset-manager.ts'
import type { CoordinatorLog } from '../src/coordinator-log/coordinator-log.ts'

export const RETENTION_MS: number = 7 * 24 * 60 * 60 * 1000
const CHECK_INTERVAL_MS = 600_000

/** A coordinator for tests, over a log that outlives it. */
export class CoordinatorStage {
  readonly clock: ManualClock = new ManualClock()
  readonly warnings: string[] = []
  readonly topics: FakeTopics = new FakeTopics()
  readonly log: CoordinatorLog
  /** Of consumer groups, where they are not Kafka's. */
  settings: SaidSettings
  /** Of share groups, where they are not Kafka's. */
  shares: Partial<ShareGroupSettings>
  /** Of streams groups, where they are not Kafka's. */
  streamsSettings: SaidStreamsSettings = {}
  readonly memory: MemoryCoordinatorLog
  coordinator: GroupCoordinator
  #ids = 0

  constructor(
    log?: CoordinatorLog,
    settings: SaidSettings = {},
    shares: Partial<ShareGroupSettings> = {},
  ) {
    this.settings = settings
    this.shares = shares
    this.memory = new MemoryCoordinatorLog()
    this.log = log ?? this.memory
    this.coordinator = this.#open()
  }

  /** The same log with another coordinator, as after a restart of the broker. */
  restart(): void {
    this.coordinator.stop()
    this.coordinator = this.#open()
  }

  /** A consumer that joined, was assigned `p0` and is stable. */
  async consumer(groupId: string, topics: readonly string[]): Promise<Consumer> {
    const joining = this.coordinator.join(groupId, {
      memberId: '',
      groupInstanceId: null,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription(topics) }],
      requiresKnownMemberId: false,
      supportsSkippingAssignment: true,
      reason: '',
    })
    await settled()
    this.clock.advance(0)
    const { memberId, generationId } = await joining
    const assignments = new Map([[memberId, new Uint8Array(Buffer.from('p0'))]])
    const consumer = { memberId, generationId, groupInstanceId: null }
    await this.coordinator.sync(groupId, {
      ...consumer,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments,
    })
    return consumer
  }

  /** Moves time on by days of checks for old offsets, one check at a time. */
  async age(byMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < byMs; passedMs += CHECK_INTERVAL_MS) {
      this.clock.advance(CHECK_INTERVAL_MS)
      // oxlint-disable-next-line no-await-in-loop -- what a check has written comes before the next
      await settled()
    }
  }

  #open(): GroupCoordinator {
    const options: GroupCoordinatorOptions = {
      clock: this.clock,
      logger: this.#logger(),
      log: this.log,
      initialRebalanceDelayMs: 0,
      maxGroupSize: 100,
      minSessionTimeoutMs: 6000,
      maxSessionTimeoutMs: 1_800_000,
      maxOffsetMetadataLength: 10,
      offsetsRetentionMs: RETENTION_MS,
      offsetsRetentionCheckIntervalMs: CHECK_INTERVAL_MS,
      topics: this.topics,
      consumer: consumerSettings(this.settings),
      share: shareSettings(this.shares),
      forgetShare: async () => ErrorCode.NONE,
      streams: streamsSettings(this.streamsSettings),
      randomId: () => String((this.#ids += 1)),
    }
    const coordinator = new GroupCoordinator(options)
    coordinator.start()
    return coordinator
  }

  #logger(): Logger {
    const note = (event: string, fields = {}): void => {
      this.warnings.push(`${event} ${JSON.stringify(fields)}`)
    }
    return { debug() {}, info() {}, warn: note, error: note }
  }
}

export interface Consumer {
  readonly memberId: string
  readonly generationId: number
  readonly groupInstanceId: null
}

/** Somebody who is in no group, and only keeps offsets. */
export const NOBODY: Consumer = { memberId: '', generationId: -1, groupInstanceId: null }

export function offsetOf(
  topic: string,
  offset: number,
  more: Partial<OffsetToCommit> = {},
): OffsetToCommit {
  return { topic, topicId: ZERO_UUID, partition: 0, offset, leaderEpoch: -1, metadata: '', ...more }
}

export function commitOf(claim: Consumer, ...offsets: readonly OffsetToCommit[]): OffsetCommit {
  return { ...claim, offsets, retentionMs: -1, knowsGroupNotFound: true }
}

/** Everything that promises had to do by now is done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** What a consumer says when it joins. @param owned what it keeps meanwhile */
export function subscription(
  topics: readonly string[],
  owned: readonly { readonly topic: string; readonly partitions: readonly number[] }[] = [],
  generationId = -1,
): Uint8Array {
  const writer = new WireWriter()
  const version = ConsumerProtocolSubscription.maxVersion
  writer.int16(version)
  const value = { topics, userData: null, ownedPartitions: owned, generationId, rackId: null }
  ConsumerProtocolSubscription.encode(writer, value, version)
  return new Uint8Array(Buffer.concat(writer.finish()))
}
