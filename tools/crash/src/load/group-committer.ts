import { setTimeout as sleep } from 'node:timers/promises'

import type { Random } from '@pafka/base'
import {
  ErrorCode,
  errorName,
  FindCoordinator,
  OffsetCommit,
  OffsetFetch,
  ZERO_UUID,
} from '@pafka/protocol'

import { Finding } from '../ledger/finding.ts'
import { GroupLedger } from '../ledger/group-ledger.ts'
import type { PartitionLedger } from '../ledger/partition-ledger.ts'
import type { Connection } from '../wire/connection.ts'
import { Pipeline } from './pipeline.ts'

const MAX_IN_FLIGHT = 3
const MOST_PARTITIONS = 4
const MOST_PAUSE_MS = 8
const RETRY_MS = 50
const RETRY_LIMIT_MS = 10_000
/** A coordinator that is starting says one of these, and does nothing. */
const NOT_YET: readonly number[] = [
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
]

interface Committed {
  readonly ledger: GroupLedger
  readonly offset: number
}

/** Commits rising offsets for a group without members, as a consumer with `assign` does. */
export class GroupCommitter {
  readonly #groupId: string
  #ledgers = new Map<PartitionLedger, GroupLedger>()
  ackedOffsets = 0

  constructor(groupId: string) {
    this.#groupId = groupId
  }

  /** Goes on with these partitions, for which nothing was committed yet. */
  reset(partitions: readonly PartitionLedger[]): void {
    this.#ledgers = new Map(
      partitions.map((one) => [one, new GroupLedger(this.#groupId, one.topic, one.partition)]),
    )
  }

  /** Commits until told to stop or the connection is lost. */
  async run(connection: Connection, random: Random, signal: AbortSignal): Promise<void> {
    const pipeline = new Pipeline(MAX_IN_FLIGHT)
    pipeline.add(this.#coordinated(connection))
    await pipeline.drained()
    while (pipeline.goesOn && !signal.aborted) {
      await pipeline.room()
      pipeline.add(this.#commit(connection, random))
      await sleep(random.below(MOST_PAUSE_MS + 1))
    }
    await pipeline.drained()
  }

  /** @throws {Finding} when an offset that was acknowledged is not there. */
  async check(connection: Connection): Promise<void> {
    await this.#coordinated(connection)
    for (const until = performance.now() + RETRY_LIMIT_MS; ; await sleep(RETRY_MS)) {
      const answer = await connection.send(OffsetFetch, 8, {
        groupId: '',
        topics: [],
        groups: [
          { groupId: this.#groupId, memberId: null, memberEpoch: -1, topics: this.#topics() },
        ],
        requireStable: false,
      })
      const group = answer.groups[0]
      const errorCode = group?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
      if (NOT_YET.includes(errorCode) && performance.now() < until) continue
      if (errorCode !== ErrorCode.NONE) this.#refused('fetch', errorCode)
      for (const [{ topic, partition }, ledger] of this.#ledgers) {
        const found = group?.topics
          .find(({ name }) => name === topic)
          ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
        ledger.read(found?.committedOffset ?? -1, found?.metadata ?? null)
      }
      return
    }
  }

  #topics(): { name: string; topicId: string; partitionIndexes: number[] }[] {
    return [...Map.groupBy(this.#ledgers.keys(), ({ topic }) => topic)].map(([name, ofTopic]) => ({
      name,
      topicId: ZERO_UUID,
      partitionIndexes: ofTopic.map(({ partition }) => partition),
    }))
  }

  /** Asks for the coordinator, which makes the topic that offsets are kept in. */
  async #coordinated(connection: Connection): Promise<void> {
    for (const until = performance.now() + RETRY_LIMIT_MS; ; await sleep(RETRY_MS)) {
      const request = { key: this.#groupId, keyType: 0, coordinatorKeys: [] }
      const { errorCode } = await connection.send(FindCoordinator, 3, request)
      if (errorCode === ErrorCode.NONE) return
      const isLate = performance.now() > until
      if (!NOT_YET.includes(errorCode) || isLate) this.#refused('find coordinator', errorCode)
    }
  }

  async #commit(connection: Connection, random: Random): Promise<void> {
    const partitions = [...this.#ledgers.keys()]
    const chosen = new Map<PartitionLedger, Committed>()
    for (let picks = 1 + random.below(MOST_PARTITIONS); picks > 0; picks--) {
      const partition = partitions[random.below(partitions.length)]
      const ledger = partition && this.#ledgers.get(partition)
      if (partition === undefined || ledger === undefined || chosen.has(partition)) continue
      chosen.set(partition, { ledger, offset: ledger.next() })
    }
    const answer = await connection.send(OffsetCommit, 8, {
      groupId: this.#groupId,
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [...chosen].map(([{ topic, partition }, { offset }]) => ({
        name: topic,
        topicId: ZERO_UUID,
        partitions: [
          {
            partitionIndex: partition,
            committedOffset: offset,
            committedLeaderEpoch: -1,
            committedMetadata: GroupLedger.metadataOf(offset),
          },
        ],
      })),
    })
    for (const { name, partitions: answered } of answer.topics) {
      for (const { partitionIndex, errorCode } of answered) {
        if (NOT_YET.includes(errorCode)) continue
        if (errorCode !== ErrorCode.NONE) this.#refused('commit', errorCode)
        const entry = [...chosen].find(
          ([{ topic, partition }]) => topic === name && partition === partitionIndex,
        )
        entry?.[1].ledger.acked(entry[1].offset)
        this.ackedOffsets += 1
      }
    }
  }

  #refused(what: string, errorCode: number): never {
    throw new Finding('refused', this.#groupId, `${what}: ${errorName(errorCode)}`)
  }
}
