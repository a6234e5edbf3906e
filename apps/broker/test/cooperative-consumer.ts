import { assert } from '@pafka/base'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  ErrorCode,
  WireReader,
  WireWriter,
} from '@pafka/protocol'

import type { JoinAnswer, SyncAnswer } from '../src/groups/group-answer.ts'
import { type CoordinatorStage, subscription } from './coordinator-stage.ts'

const TOPIC = 'flights'

/** What consumers tell their leader: what they have, and since which generation. */
export interface Claim {
  readonly memberId: string
  readonly owned: readonly number[]
  readonly generationId: number
}

/** Keeps what it has while it joins again, and joins once more when it had to give something up. */
export class CooperativeConsumer {
  readonly instanceId: string | null
  memberId = ''
  owned: readonly number[] = []
  doing: 'nothing' | 'joining' | 'joined' | 'syncing' | 'stable' = 'nothing'
  /** It may be put out of the group: it kept silent, or the broker has forgotten it. */
  mayBeOut = false
  /** An answer that there should not be. */
  fault: Error | null = null
  readonly #stage: CoordinatorStage
  readonly #partitions: number
  /** Of which it has what it has. */
  #ownedSince = -1
  generationId = -1
  #led: readonly Claim[] = []
  /** Answers to requests from before a crash count for nobody. */
  #life = 0

  constructor(stage: CoordinatorStage, partitions: number, instanceId: string | null) {
    this.#stage = stage
    this.#partitions = partitions
    this.instanceId = instanceId
  }

  /** Does what it would do next; waits for nothing. */
  goOn(): void {
    if (this.doing === 'nothing') this.#join()
    else if (this.doing === 'joined') this.#sync()
    else if (this.doing === 'stable') this.#beat()
  }

  /** Dies without a word. */
  crash(): void {
    this.#life += 1
    this.doing = 'nothing'
    this.#forget()
  }

  leave(): void {
    const member = { memberId: this.memberId, groupInstanceId: this.instanceId }
    if (this.memberId !== '') void this.#stage.coordinator.leave('g', [member])
    this.crash()
  }

  #join(): void {
    this.doing = 'joining'
    const owned = [{ topic: TOPIC, partitions: this.owned }]
    const metadata = subscription([TOPIC], owned, this.#ownedSince)
    const joining = this.#stage.coordinator.join('g', {
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      clientId: 'c',
      clientHost: '/::1',
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
      protocols: [{ name: 'cooperative-sticky', metadata }],
      requiresKnownMemberId: true,
      supportsSkippingAssignment: true,
      reason: '',
    })
    this.#when(joining, (answer) => this.#joined(answer))
  }

  #joined(answer: JoinAnswer): void {
    const { errorCode, memberId, generationId, leader, skipAssignment, members } = answer
    this.doing = 'nothing'
    if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.memberId = memberId
    else if (errorCode !== ErrorCode.NONE) this.#refused(errorCode)
    if (errorCode !== ErrorCode.NONE) return
    this.doing = 'joined'
    this.memberId = memberId
    this.generationId = generationId
    this.#led = leader === memberId && !skipAssignment ? members.map(claimOf) : []
  }

  #sync(): void {
    this.doing = 'syncing'
    const assigned = assignCooperatively(this.#led, this.#partitions)
    const syncing = this.#stage.coordinator.sync('g', {
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      generationId: this.generationId,
      protocolType: 'consumer',
      protocolName: 'cooperative-sticky',
      assignments: new Map([...assigned].map(([memberId, its]) => [memberId, assignmentOf(its)])),
    })
    this.#when(syncing, (answer) => this.#synced(answer))
  }

  #synced({ errorCode, assignment }: SyncAnswer): void {
    this.doing = 'nothing'
    if (errorCode !== ErrorCode.NONE) return this.#refused(errorCode)
    const before = this.owned
    this.owned = partitionsIn(assignment)
    this.#ownedSince = this.generationId
    this.mayBeOut = false
    // only when it has given something up, for another to get that
    if (before.every((one) => this.owned.includes(one))) this.doing = 'stable'
  }

  #beat(): void {
    const { memberId, instanceId: groupInstanceId } = this
    const claim = { memberId, groupInstanceId, generationId: this.generationId }
    this.#when(this.#stage.coordinator.heartbeat('g', claim), (errorCode) => {
      if (errorCode === ErrorCode.NONE || this.doing !== 'stable') return
      this.doing = 'nothing'
      this.#refused(errorCode)
    })
  }

  #refused(errorCode: ErrorCode): void {
    switch (errorCode) {
      case ErrorCode.REBALANCE_IN_PROGRESS:
      case ErrorCode.NOT_COORDINATOR:
      case ErrorCode.COORDINATOR_NOT_AVAILABLE: {
        return
      }
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
      case ErrorCode.FENCED_INSTANCE_ID: {
        assert(this.mayBeOut, `who answers in time stays in: ${errorCode}`)
        this.#forget()
        return
      }
      default: {
        throw new Error(`unexpected error ${errorCode} while ${this.doing}`)
      }
    }
  }

  #forget(): void {
    this.memberId = ''
    this.owned = []
    this.#ownedSince = -1
    this.mayBeOut = false
  }

  #when<Answer>(answered: Promise<Answer> | Answer, then: (answer: Answer) => void): void {
    const life = this.#life
    void Promise.resolve(answered).then((answer) => {
      if (this.#life !== life) return
      try {
        then(answer)
      } catch (error) {
        if (error instanceof Error) this.fault = error
      }
    })
  }
}

function claimOf({ memberId, metadata }: JoinAnswer['members'][number]): Claim {
  const reader = new WireReader(metadata)
  const fields = ConsumerProtocolSubscription.decode(reader, reader.int16())
  const owned = fields.ownedPartitions.flatMap(({ partitions }) => partitions)
  return { memberId, owned, generationId: fields.generationId }
}

function assignmentOf(partitions: readonly number[]): Uint8Array {
  const writer = new WireWriter()
  writer.int16(0)
  const assignedPartitions = [{ topic: TOPIC, partitions }]
  ConsumerProtocolAssignment.encode(writer, { assignedPartitions, userData: null }, 0)
  return new Uint8Array(Buffer.concat(writer.finish()))
}

function partitionsIn(assignment: Uint8Array): readonly number[] {
  if (assignment.length === 0) return []
  const reader = new WireReader(assignment)
  const { assignedPartitions } = ConsumerProtocolAssignment.decode(reader, reader.int16())
  return assignedPartitions.flatMap(({ partitions }) => partitions)
}

/**
 * As even as can be, with as few moves; what is to move is nobody's until its owner has given it
 * up. Of two who have the same, the one that got it later has it.
 */
export function assignCooperatively(
  claims: readonly Claim[],
  partitions: number,
): Map<string, readonly number[]> {
  const owner = new Map<number, Claim>()
  for (const claim of claims.toSorted((one, other) => one.generationId - other.generationId)) {
    for (const partition of claim.owned) owner.set(partition, claim)
  }
  const wanted = claims.map((claim) => ({
    claim,
    kept: claim.owned.filter((one) => owner.get(one) === claim),
    fresh: new Array<number>(),
  }))
  wanted.sort((one, other) => other.kept.length - one.kept.length)
  const free = Array.from({ length: partitions }, (_, one) => one).filter((one) => !owner.has(one))
  for (const [at, { kept, fresh }] of wanted.entries()) {
    const quota = Math.floor(partitions / wanted.length) + (at < partitions % wanted.length ? 1 : 0)
    kept.splice(quota)
    fresh.push(...free.splice(0, quota - kept.length))
  }
  return new Map(wanted.map(({ claim, kept, fresh }) => [claim.memberId, [...kept, ...fresh]]))
}
