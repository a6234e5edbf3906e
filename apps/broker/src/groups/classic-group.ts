import { assert } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import { errorOfFailedAppend } from '../coordinator-log/failed-append.ts'
import { Deadline } from './deadline-queue.ts'
import { type JoinAnswer, joinError, type JoinWaiter, NO_BYTES, syncError } from './group-answer.ts'
import { GroupMember, type GroupMemberOptions } from './group-member.ts'
import { canEnter, type GroupState } from './group-state.ts'
import type { GroupWorld, StoredGroup } from './group-world.ts'
import { JoinPhase } from './join-phase.ts'
import { MemberRoster } from './member-roster.ts'
import { topicsOfSubscription } from './consumer-metadata.ts'

/**
 * How long the join of a member that does not know its id yet may wait. Its client may be gone, and
 * nothing else would tell. Source: Kafka `classicGroupNewMemberJoinTimeoutMs`, 5 minutes.
 */
export const NEW_MEMBER_JOIN_TIMEOUT_MS: number = 5 * 60 * 1000

/** A rebalance that nobody came to is tried again, but not in a tight loop. */
const MIN_WAIT_MS = 100

/** What every consumer calls its protocol; its metadata is a `ConsumerProtocolSubscription`. */
export const CONSUMER_PROTOCOL: string = 'consumer'

/**
 * One group of the classic protocol, in which a member leads and assigns. Requests come in as calls
 * (join-group.ts, sync-group.ts, leave-group.ts), time as deadlines; waiting requests are answered
 * through their waiters. Source of the rules: Kafka `GroupMetadataManager`, KIP-62, 134, 345, 394.
 */
export class ClassicGroup {
  readonly groupId: string
  readonly world: GroupWorld
  readonly roster: MemberRoster = new MemberRoster()
  /** Ids given out by MEMBER_ID_REQUIRED that did not come back yet. */
  readonly pendingJoins: Map<string, Deadline> = new Map()
  /** Members that got this generation's join answer and did not sync yet. */
  readonly pendingSyncs: Set<string> = new Set()
  #state: GroupState = 'Empty'
  #previousState: GroupState = 'Dead'
  #stateTimestampMs: number
  #generationId = 0
  #protocolType: string | null = null
  #protocolName: string | null = null
  /** Topics that the members subscribe to; null when unknown. */
  #subscribedTopics: ReadonlySet<string> | null = null
  readonly #joinPhase: JoinPhase
  readonly #syncPhase: Deadline

  constructor(groupId: string, world: GroupWorld) {
    this.groupId = groupId
    this.world = world
    this.#stateTimestampMs = world.clock.nowMs()
    this.#joinPhase = new JoinPhase(world.deadlines, () => this.completeJoin())
    this.#syncPhase = new Deadline(() => this.#expireSyncPhase())
  }

  get state(): GroupState {
    return this.#state
  }

  /** When it came into its state, ms since the epoch; -1 when not known. */
  get stateTimestampMs(): number {
    return this.#stateTimestampMs
  }

  get generationId(): number {
    return this.#generationId
  }

  get protocolType(): string | null {
    return this.#protocolType
  }

  get protocolName(): string | null {
    return this.#protocolName
  }

  get subscribedTopics(): ReadonlySet<string> | null {
    return this.#subscribedTopics
  }

  get isConsumerGroup(): boolean {
    return this.#protocolType === CONSUMER_PROTOCOL
  }

  /** Nobody is in it nor about to come: only its offsets keep it. */
  get isDeserted(): boolean {
    return this.#state === 'Empty' && this.pendingJoins.size === 0
  }

  /** Whether offsets of the topic are in use. When in doubt, a consumer group uses all. */
  isSubscribedTo(topic: string): boolean {
    return this.#subscribedTopics?.has(topic) ?? this.isConsumerGroup
  }

  /** Brings back what the log says; members must be added before. Sessions start anew. */
  restore(stored: StoredGroup): void {
    assert(this.#state === 'Empty', 'a group is restored before it is used')
    this.#generationId = stored.generationId
    this.#protocolType = stored.protocolType === '' ? null : stored.protocolType
    this.#protocolName = stored.protocolName
    this.#stateTimestampMs = stored.stateTimestampMs
    if (this.roster.size > 0) {
      this.#state = 'Stable'
      if (stored.leader !== null) this.roster.setLeader(stored.leader)
      for (const member of this.roster.all()) this.restartSession(member)
    }
    this.#subscribedTopics = this.#topicsOfMembers()
    if (this.roster.size > 0 && stored.leader === null) {
      this.prepareRebalance('its rebalance was cut off')
    }
  }

  newMember(options: Omit<GroupMemberOptions, 'expired'>): GroupMember {
    return new GroupMember({ ...options, expired: (member) => this.#expireMember(member) })
  }

  addMember(member: GroupMember, protocolType: string, waiter: JoinWaiter, reason: string): void {
    this.dropPending(member.memberId)
    if (this.roster.size === 0) this.#protocolType = protocolType
    this.#joinPhase.noteNewMember()
    member.isNew = true
    this.roster.add(member)
    member.awaitJoin(waiter)
    this.restartSession(member)
    this.rebalanceOrCompleteJoin(`new member ${member.memberId}: ${reason}`)
  }

  /** Takes a member out; a join of it that still waits is sent to start over. */
  removeMember(member: GroupMember): void {
    member.answerJoin(joinError('', ErrorCode.UNKNOWN_MEMBER_ID))
    member.answerSync(syncError(ErrorCode.UNKNOWN_MEMBER_ID))
    this.roster.remove(member.memberId)
    this.pendingSyncs.delete(member.memberId)
    this.world.deadlines.cancel(member.session)
  }

  /** Gives a static member its next id; whoever still waits under the old one is fenced. */
  renameMember(oldMemberId: string, newMemberId: string): GroupMember {
    const old = this.roster.get(oldMemberId)
    assert(old !== undefined, 'a static id has a member')
    old.answerJoin(joinError(oldMemberId, ErrorCode.FENCED_INSTANCE_ID))
    old.answerSync(syncError(ErrorCode.FENCED_INSTANCE_ID))
    if (this.pendingSyncs.delete(oldMemberId)) this.pendingSyncs.add(newMemberId)
    return this.roster.rename(oldMemberId, newMemberId)
  }

  /** Makes the group durable with the assignments it has. */
  storeNow(stored: (errorCode: ErrorCode) => void): void {
    const assignments = new Map<string, Uint8Array>()
    for (const member of this.roster.all()) assignments.set(member.memberId, member.assignment)
    this.world.store(this, assignments, stored)
  }

  addPending(memberId: string, sessionTimeoutMs: number): void {
    const deadline = new Deadline(() => {
      this.pendingJoins.delete(memberId)
      this.completeJoinIfAllCame()
    })
    this.pendingJoins.set(memberId, deadline)
    this.world.deadlines.set(deadline, sessionTimeoutMs)
  }

  dropPending(memberId: string): boolean {
    const deadline = this.pendingJoins.get(memberId)
    if (deadline === undefined) return false
    this.world.deadlines.cancel(deadline)
    return this.pendingJoins.delete(memberId)
  }

  restartSession(member: GroupMember): void {
    const { isNew, session, sessionTimeoutMs } = member
    this.world.deadlines.set(session, isNew ? NEW_MEMBER_JOIN_TIMEOUT_MS : sessionTimeoutMs)
  }

  /** Fenced, unknown or ILLEGAL_GENERATION; NONE when the member may speak for itself. */
  checkMember(memberId: string, groupInstanceId: string | null): ErrorCode {
    if (groupInstanceId !== null) {
      const current = this.roster.staticMemberId(groupInstanceId)
      if (current === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
      if (current !== memberId) return ErrorCode.FENCED_INSTANCE_ID
    }
    return this.roster.get(memberId) === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.NONE
  }

  checkGeneration(
    memberId: string,
    groupInstanceId: string | null,
    generationId: number,
  ): ErrorCode {
    if (this.#state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE
    const errorCode = this.checkMember(memberId, groupInstanceId)
    if (errorCode !== ErrorCode.NONE) return errorCode
    return generationId === this.#generationId ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION
  }

  rebalanceOrCompleteJoin(reason: string): void {
    if (canEnter('PreparingRebalance', this.#state)) this.prepareRebalance(reason)
    else this.completeJoinIfAllCame()
  }

  /** Asks all members to join again; whoever waits for an assignment is told so. */
  prepareRebalance(reason: string): void {
    if (this.#state === 'CompletingRebalance') {
      this.failSyncs(ErrorCode.REBALANCE_IN_PROGRESS)
    }
    this.pendingSyncs.clear()
    this.world.deadlines.cancel(this.#syncPhase)
    const isInitial = this.#state === 'Empty'
    this.#transitionTo('PreparingRebalance')
    this.world.logger.info('group-rebalance-begins', {
      group: this.groupId,
      generation: this.#generationId,
      members: this.roster.size,
      reason,
    })
    const { rebalanceTimeoutMs } = this.roster
    if (isInitial) {
      this.#joinPhase.beginInitial(this.world.initialRebalanceDelayMs, rebalanceTimeoutMs)
    } else if (this.#allCame) {
      this.completeJoin()
    } else {
      this.#joinPhase.begin(rebalanceTimeoutMs)
    }
  }

  /** An initial rebalance does not end early: its delay is there so that more can come. */
  completeJoinIfAllCame(): void {
    if (this.#state !== 'PreparingRebalance' || this.#previousState === 'Empty') return
    if (this.#allCame) this.completeJoin()
  }

  /** Ends the join phase: whoever joined is the next generation. */
  completeJoin(): void {
    this.#joinPhase.cancel()
    for (const member of [...this.roster.all()]) {
      if (!member.isAwaitingJoin && !member.isStatic) this.removeMember(member)
    }
    if (this.#state === 'Dead') return
    if (this.roster.size > 0 && !this.roster.electJoinedLeader()) {
      // Only static members are left, and none came: wait for their sessions to end.
      this.#joinPhase.begin(Math.max(this.roster.rebalanceTimeoutMs, MIN_WAIT_MS))
      return
    }
    this.#beginGeneration()
    if (this.#state === 'Empty') {
      this.world.store(this, new Map(), (errorCode) => {
        if (errorCode === ErrorCode.NONE) return
        this.world.logger.warn('group-store-failed', { group: this.groupId, errorCode })
      })
      return
    }
    for (const member of this.roster.all()) {
      this.pendingSyncs.add(member.memberId)
      member.isNew = false
      this.restartSession(member)
    }
    this.world.deadlines.set(this.#syncPhase, this.roster.rebalanceTimeoutMs)
    for (const member of [...this.roster.all()]) member.answerJoin(this.joinAnswer(member))
  }

  /** The current generation, as a member that joined it is told. */
  joinAnswer(member: GroupMember): JoinAnswer {
    return {
      errorCode: ErrorCode.NONE,
      generationId: this.#generationId,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      leader: this.roster.leaderId ?? '',
      skipAssignment: false,
      memberId: member.memberId,
      members: this.roster.isLeader(member.memberId) ? this.membersWithMetadata() : [],
    }
  }

  membersWithMetadata(): JoinAnswer['members'] {
    const protocolName = this.#protocolName
    assert(protocolName !== null, 'a generation has a protocol')
    return [...this.roster.all()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadataFor(protocolName) ?? NO_BYTES,
    }))
  }

  /** Called for every sync of this generation. The phase ends when all have synced. */
  synced(memberId: string): void {
    this.pendingSyncs.delete(memberId)
    if (this.pendingSyncs.size === 0) this.world.deadlines.cancel(this.#syncPhase)
  }

  /** The leader's assignment is durable: hand it out. */
  assign(assignments: ReadonlyMap<string, Uint8Array>): void {
    assert(this.#state === 'CompletingRebalance', 'assignments follow a completed join')
    for (const member of this.roster.all()) {
      member.assignment = assignments.get(member.memberId) ?? NO_BYTES
    }
    this.#transitionTo('Stable')
    for (const member of [...this.roster.all()]) {
      const answered = member.answerSync({
        errorCode: ErrorCode.NONE,
        protocolType: this.#protocolType,
        protocolName: this.#protocolName,
        assignment: member.assignment,
      })
      if (answered) this.restartSession(member)
    }
  }

  /** The leader's assignment could not be stored: everybody starts over. */
  assignmentLost(errorCode: ErrorCode): void {
    this.failSyncs(errorOfFailedAppend(errorCode))
    this.rebalanceOrCompleteJoin('the assignment could not be stored')
  }

  failSyncs(errorCode: ErrorCode): void {
    for (const member of [...this.roster.all()]) {
      member.assignment = NO_BYTES
      if (member.answerSync(syncError(errorCode))) this.restartSession(member)
    }
  }

  /** The group is deleted or the broker stops: whoever waits is told `errorCode`. */
  die(errorCode: ErrorCode): void {
    this.#transitionTo('Dead')
    for (const deadline of this.pendingJoins.values()) this.world.deadlines.cancel(deadline)
    this.pendingJoins.clear()
    this.#joinPhase.cancel()
    this.world.deadlines.cancel(this.#syncPhase)
    for (const member of [...this.roster.all()]) {
      this.world.deadlines.cancel(member.session)
      member.answerJoin(joinError(member.memberId, errorCode))
      member.answerSync(syncError(errorCode))
    }
  }

  get #allCame(): boolean {
    return this.pendingJoins.size === 0 && this.roster.everyoneAwaitsJoin
  }

  #beginGeneration(): void {
    this.#generationId += 1
    const isEmpty = this.roster.size === 0
    this.#protocolName = isEmpty ? null : this.roster.selectProtocol()
    this.#subscribedTopics = this.#topicsOfMembers()
    this.pendingSyncs.clear()
    this.#transitionTo(isEmpty ? 'Empty' : 'CompletingRebalance')
    this.world.logger.info('group-generation-begins', {
      group: this.groupId,
      generation: this.#generationId,
      members: this.roster.size,
      protocol: this.#protocolName,
    })
  }

  #topicsOfMembers(): ReadonlySet<string> | null {
    if (!this.isConsumerGroup) return null
    const topics = new Set<string>()
    for (const member of this.roster.all()) {
      const metadata = member.metadataFor(this.#protocolName ?? '')
      const ofMember = metadata === undefined ? null : topicsOfSubscription(metadata)
      if (ofMember === null) return null
      for (const topic of ofMember) topics.add(topic)
    }
    return topics
  }

  #expireMember(member: GroupMember): void {
    if (this.#state === 'Dead' || member.isExcusedFromHeartbeat) return
    this.world.logger.info('group-member-expired', {
      group: this.groupId,
      member: member.memberId,
      state: this.#state,
    })
    this.removeMember(member)
    if (this.#state === 'PreparingRebalance') this.completeJoinIfAllCame()
    else this.rebalanceOrCompleteJoin(`member ${member.memberId} expired`)
  }

  #expireSyncPhase(): void {
    if (this.#state !== 'CompletingRebalance' && this.#state !== 'Stable') return
    if (this.pendingSyncs.size === 0) return
    const late = [...this.pendingSyncs]
    for (const memberId of late) {
      const member = this.roster.get(memberId)
      if (member !== undefined) this.removeMember(member)
    }
    this.prepareRebalance(`no sync in time from ${late.join(', ')}`)
  }

  #transitionTo(state: GroupState): void {
    assert(canEnter(state, this.#state), 'a group goes only where its states allow')
    this.#previousState = this.#state
    this.#state = state
    this.#stateTimestampMs = this.world.clock.nowMs()
  }
}
