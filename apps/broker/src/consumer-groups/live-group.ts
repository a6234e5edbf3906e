import type { ConsumerGroupRecord } from './consumer-group-record.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerWorld } from './consumer-world.ts'
import type { GroupWrites } from './group-writes.ts'
import { type MemberDuty, MemberTimers } from './member-timers.ts'

export interface LiveGroupOptions {
  readonly group: ConsumerGroup
  readonly world: ConsumerWorld
  readonly writes: GroupWrites<ConsumerGroupRecord>
  /** A member did not do in time what it must. */
  readonly expired: (live: LiveGroup, memberId: string, duty: MemberDuty) => void
}

/** A consumer group, with what is known of it only while the broker runs. */
export class LiveGroup {
  readonly group: ConsumerGroup
  readonly world: ConsumerWorld
  readonly writes: GroupWrites<ConsumerGroupRecord>
  readonly timers: MemberTimers
  /** Of the topics that the group was last compared with; -1 before it ever was. */
  seenTopics: number = -1
  seenPatterns: number = -1

  constructor({ group, world, writes, expired }: LiveGroupOptions) {
    this.group = group
    this.world = world
    this.writes = writes
    this.timers = new MemberTimers(world.deadlines, (memberId, duty) => {
      expired(this, memberId, duty)
    })
  }

  get groupId(): string {
    return this.group.groupId
  }

  /** Sessions start anew: who has not been heard of since the broker was away gets its time. */
  startSessions(): void {
    const { sessionTimeoutMs } = this.world.settings.timesOf(this.groupId)
    for (const [memberId, { classic }] of this.group.members) {
      const timeoutMs = classic?.sessionTimeoutMs ?? sessionTimeoutMs
      this.timers.restart(memberId, 'session', timeoutMs)
    }
  }
}
