import { MemberState } from '../consumer-groups/consumer-member.ts'
import type { GroupWrites } from '../consumer-groups/group-writes.ts'
import { type MemberDuty, MemberTimers } from '../consumer-groups/member-timers.ts'
import { Deadline } from '../groups/deadline-queue.ts'
import { type ConfiguredTopology, configureTopology } from './configured-topology.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsGroupRecord } from './streams-group-record.ts'
import type { StreamsGroupTimes, StreamsWorld } from './streams-world.ts'
import type { Topology } from './topology.ts'

export interface LiveStreamsGroupOptions {
  readonly group: StreamsGroup
  readonly world: StreamsWorld
  readonly writes: GroupWrites<StreamsGroupRecord>
  /** A member did not do in time what it must. */
  readonly expired: (live: LiveStreamsGroup, memberId: string, duty: MemberDuty) => void
  /** Members were waited for; now the first target is due. */
  readonly waited: (live: LiveStreamsGroup) => void
}

/** A streams group, with what is known of it only while the broker runs. */
export class LiveStreamsGroup {
  readonly group: StreamsGroup
  readonly world: StreamsWorld
  readonly writes: GroupWrites<StreamsGroupRecord>
  readonly timers: MemberTimers
  /** Until when more members are waited for. */
  readonly #waiting: Deadline
  #configured: ConfiguredTopology | null = null
  #configuredFor: { readonly topology: Topology; readonly topics: number } | null = null
  /** Rises when a member with an endpoint has other tasks than before. */
  endpointEpoch: number = 0
  /** The member that wants all members to end; null while none does. */
  shutdownAskedBy: string | null = null

  constructor({ group, world, writes, expired, waited }: LiveStreamsGroupOptions) {
    this.group = group
    this.world = world
    this.writes = writes
    this.timers = new MemberTimers(world.deadlines, (memberId, duty) => {
      expired(this, memberId, duty)
    })
    this.#waiting = new Deadline(() => waited(this))
  }

  get groupId(): string {
    return this.group.groupId
  }

  /** As they are at this moment. */
  get times(): StreamsGroupTimes {
    return this.world.settings.ofGroup(this.groupId)
  }

  get isWaiting(): boolean {
    return this.#waiting.dueMs !== Number.POSITIVE_INFINITY
  }

  waitForMembers(): void {
    const { initialRebalanceDelayMs } = this.times
    if (initialRebalanceDelayMs > 0 && !this.isWaiting) {
      this.world.deadlines.set(this.#waiting, initialRebalanceDelayMs)
    }
  }

  /** Worked out again when topics have changed. Null before there is a topology. */
  configured(): ConfiguredTopology | null {
    const { topology } = this.group
    if (topology === null) return null
    const topics = this.world.topicsVersion()
    const known = this.#configuredFor
    if (known?.topology === topology && known.topics === topics) return this.#configured
    this.#configuredFor = { topology, topics }
    this.#configured = configureTopology(topology, this.world.topics)
    return this.#configured
  }

  /** All times start anew: who has not been heard of since the broker was away gets its time. */
  startTimers(): void {
    const { sessionTimeoutMs } = this.times
    for (const [memberId, { state, rebalanceTimeoutMs }] of this.group.members) {
      this.timers.restart(memberId, 'session', sessionTimeoutMs)
      if (state !== MemberState.UNREVOKED) continue
      this.timers.restart(memberId, 'rebalance', rebalanceTimeoutMs)
    }
  }

  stop(): void {
    this.timers.clear()
    this.world.deadlines.cancel(this.#waiting)
  }
}
