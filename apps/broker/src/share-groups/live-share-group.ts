import type { GroupWrites } from '../consumer-groups/group-writes.ts'
import { MemberTimers } from '../consumer-groups/member-timers.ts'
import type { ShareGroupRecord } from './share-group-record.ts'
import type { ShareGroup } from './share-group.ts'
import type { ShareGroupSettings, ShareWorld } from './share-world.ts'

interface LiveShareGroupOptions {
  readonly group: ShareGroup
  readonly world: ShareWorld
  readonly writes: GroupWrites<ShareGroupRecord>
  /** A member was not heard of for too long. */
  readonly expired: (live: LiveShareGroup, memberId: string) => void
}

/** A share group, with what is known of it only while the broker runs. */
export class LiveShareGroup {
  readonly group: ShareGroup
  readonly world: ShareWorld
  readonly writes: GroupWrites<ShareGroupRecord>
  readonly timers: MemberTimers
  /** Of the topics that the group was last compared with; -1 before it ever was. */
  seenTopics: number = -1

  constructor({ group, world, writes, expired }: LiveShareGroupOptions) {
    this.group = group
    this.world = world
    this.writes = writes
    this.timers = new MemberTimers(world.deadlines, (memberId) => expired(this, memberId))
  }

  get groupId(): string {
    return this.group.groupId
  }

  get settings(): ShareGroupSettings {
    return this.world.settingsOf(this.groupId)
  }

  /** Sessions start anew: who has not been heard of since the broker was away gets its time. */
  startSessions(): void {
    for (const memberId of this.group.members.keys()) this.heard(memberId)
  }

  heard(memberId: string): void {
    this.timers.restart(memberId, 'session', this.settings.sessionTimeoutMs)
  }
}
