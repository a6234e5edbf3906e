import { assert } from '@pafka/base'

import type { GroupMember, MemberProtocol } from './group-member.ts'

/** Who is in a group: members by id, static members by instance id, the leader, the votes. */
export class MemberRoster {
  #leaderId: string | null = null
  readonly #members = new Map<string, GroupMember>()
  /** Instance id to member id. */
  readonly #staticIds = new Map<string, string>()
  /** Protocol name to the number of members that know it. */
  readonly #supporters = new Map<string, number>()

  get size(): number {
    return this.#members.size
  }

  get leaderId(): string | null {
    return this.#leaderId
  }

  get(memberId: string): GroupMember | undefined {
    return this.#members.get(memberId)
  }

  all(): IterableIterator<GroupMember> {
    return this.#members.values()
  }

  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticIds.get(groupInstanceId)
  }

  isLeader(memberId: string): boolean {
    return this.#leaderId === memberId
  }

  get awaitingJoin(): number {
    let count = 0
    for (const member of this.#members.values()) if (member.isAwaitingJoin) count += 1
    return count
  }

  get everyoneAwaitsJoin(): boolean {
    for (const member of this.#members.values()) if (!member.isAwaitingJoin) return false
    return true
  }

  /** The longest that any member asks the others to wait for it. */
  get rebalanceTimeoutMs(): number {
    let longestMs = 0
    for (const member of this.#members.values()) {
      longestMs = Math.max(longestMs, member.rebalanceTimeoutMs)
    }
    return longestMs
  }

  /** The first to come leads. */
  add(member: GroupMember): void {
    assert(!this.#members.has(member.memberId), 'a member is added once')
    this.#members.set(member.memberId, member)
    if (member.groupInstanceId !== null) {
      assert(!this.#staticIds.has(member.groupInstanceId), 'an instance id has one member')
      this.#staticIds.set(member.groupInstanceId, member.memberId)
    }
    this.#count(member.protocols, 1)
    this.#leaderId ??= member.memberId
  }

  /** Only for a group read back from the log, whose leader is a known fact. */
  setLeader(memberId: string): void {
    this.#leaderId = memberId
  }

  remove(memberId: string): GroupMember | undefined {
    const member = this.#members.get(memberId)
    if (member === undefined) return undefined
    this.#members.delete(memberId)
    if (member.groupInstanceId !== null) this.#staticIds.delete(member.groupInstanceId)
    this.#count(member.protocols, -1)
    if (this.#leaderId === memberId) {
      this.#leaderId = this.#members.keys().next().value ?? null
    }
    return member
  }

  /** Gives a static member that came back its new id; its place and leadership stay. */
  rename(oldMemberId: string, newMemberId: string): GroupMember {
    const member = this.#members.get(oldMemberId)
    assert(
      member !== undefined && member.groupInstanceId !== null,
      'only a static member is renamed',
    )
    const wasLeader = this.#leaderId === oldMemberId
    this.#members.delete(oldMemberId)
    member.memberId = newMemberId
    this.#members.set(newMemberId, member)
    this.#staticIds.set(member.groupInstanceId, newMemberId)
    if (wasLeader) this.#leaderId = newMemberId
    return member
  }

  setProtocols(member: GroupMember, protocols: readonly MemberProtocol[]): void {
    this.#count(member.protocols, -1)
    member.protocols = protocols
    this.#count(protocols, 1)
  }

  /** Whether somebody with these protocols finds one that all members know. */
  sharesProtocol(protocols: readonly MemberProtocol[]): boolean {
    const { size } = this.#members // 0 when all went while somebody was about to come
    return protocols.some(({ name }) => (this.#supporters.get(name) ?? 0) === size)
  }

  /**
   * Each member votes for the first of its protocols that all know; most votes win, and of equal
   * ones the one voted for first.
   */
  selectProtocol(): string {
    const votes = new Map<string, number>()
    for (const member of this.#members.values()) {
      const choice = member.protocols.find(({ name }) => this.#known(name))
      assert(choice !== undefined, 'members of a group share a protocol')
      votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
    }
    let selected: string | null = null
    let most = 0
    for (const [name, count] of votes) {
      if (count <= most) continue
      selected = name
      most = count
    }
    assert(selected !== null, 'only a group with members selects a protocol')
    return selected
  }

  /**
   * Makes sure that the leader is among those who joined: it must compute the assignment.
   * @returns false when nobody joined.
   */
  electJoinedLeader(): boolean {
    if (this.#leaderId === null) return false
    if (this.#members.get(this.#leaderId)?.isAwaitingJoin === true) return true
    for (const member of this.#members.values()) {
      if (!member.isAwaitingJoin) continue
      this.#leaderId = member.memberId
      return true
    }
    return false
  }

  #known(protocolName: string): boolean {
    return this.#supporters.get(protocolName) === this.#members.size
  }

  #count(protocols: readonly MemberProtocol[], by: 1 | -1): void {
    for (const { name } of protocols) {
      const count = (this.#supporters.get(name) ?? 0) + by
      if (count === 0) this.#supporters.delete(name)
      else this.#supporters.set(name, count)
    }
  }
}
