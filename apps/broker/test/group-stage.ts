import { silentLogger } from '@pafka/base'
import { ErrorCode, errorName } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'

import { ClassicGroup } from '../src/groups/classic-group.ts'
import { DeadlineQueue } from '../src/groups/deadline-queue.ts'
import type { JoinAnswer, SyncAnswer } from '../src/groups/group-answer.ts'
import { joinGroup, type JoinRequest } from '../src/groups/join-group.ts'
import { leaveGroup } from '../src/groups/leave-group.ts'
import { checkCommit, heartbeat } from '../src/groups/member-checks.ts'
import { syncGroup } from '../src/groups/sync-group.ts'

interface Actor {
  memberId: string
  generationId: number
  protocols: readonly string[]
}

export interface StageOptions {
  readonly initialRebalanceDelayMs?: number
  readonly maxSize?: number
}

export interface JoinOptions {
  readonly version?: number
  readonly instance?: string
  readonly protocols?: readonly string[]
  /** What the member tells the leader: a change of it makes a rebalance. */
  readonly metadata?: string
  readonly protocolType?: string
  readonly sessionMs?: number
  readonly rebalanceMs?: number
}

/**
 * A group played by named clients, for tests. Whatever the group answers becomes a line of the
 * transcript, in the order in which it happens; a member id is `name-number`.
 */
export class GroupStage {
  readonly clock: ManualClock = new ManualClock()
  readonly group: ClassicGroup
  /** Writes of the group wait until `store` is called. */
  holdsStores = false
  readonly #deadlines = new DeadlineQueue(this.clock)
  readonly #actors = new Map<string, Actor>()
  readonly #stores: ((errorCode: ErrorCode) => void)[] = []
  #lines: string[] = []
  #ids = 0

  constructor({ initialRebalanceDelayMs = 3000, maxSize = 1000 }: StageOptions = {}) {
    this.group = new ClassicGroup('g', {
      clock: this.clock,
      logger: silentLogger,
      deadlines: this.#deadlines,
      initialRebalanceDelayMs,
      maxSize,
      randomId: () => String((this.#ids += 1)),
      store: (group, assignments, stored) => {
        const given = [...assignments].map(([id, bytes]) => `${id}=${text(bytes)}`).join(' ')
        this.#say(`store ${group.generationId} [${given}]`)
        this.#stores.push(stored)
      },
    })
  }

  /** What happened since the last call. */
  transcript(): string[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  join(name: string, options: JoinOptions = {}): void {
    const actor = this.actor(name)
    actor.protocols = options.protocols ?? actor.protocols
    joinGroup(this.group, this.#joinRequest(name, options), (answer) => {
      this.#say(`${name}: ${joined(answer)}`)
      if (answer.errorCode === ErrorCode.NONE) actor.generationId = answer.generationId
      const gaveId = answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED
      if (gaveId || answer.errorCode === ErrorCode.NONE) actor.memberId = answer.memberId
    })
    this.#storeUnlessHeld()
  }

  /** Joins as a client of today does: gets its id first. */
  enter(name: string, options: JoinOptions = {}): void {
    this.join(name, options)
    if (options.instance === undefined && (options.version ?? 9) >= 4) this.join(name, options)
  }

  /** @param given assignments by name of the client, from a leader */
  sync(name: string, given: Readonly<Record<string, string>> = {}, instance?: string): void {
    const { memberId, generationId } = this.actor(name)
    const assignments = new Map(
      Object.entries(given).map(([to, what]) => [this.actor(to).memberId, Buffer.from(what)]),
    )
    const request = {
      memberId,
      groupInstanceId: instance ?? null,
      generationId,
      protocolType: 'consumer',
      protocolName: null,
      assignments,
    }
    syncGroup(this.group, request, (answer) => this.#say(`${name}: ${synced(answer)}`))
    this.#storeUnlessHeld()
  }

  heartbeat(name: string, instance?: string): void {
    const { memberId, generationId } = this.actor(name)
    const claim = { memberId, groupInstanceId: instance ?? null, generationId }
    this.#say(`${name}: heartbeat ${errorName(heartbeat(this.group, claim))}`)
  }

  commit(name: string): void {
    const { memberId, generationId } = this.actor(name)
    const claim = { memberId, groupInstanceId: null, generationId }
    this.#say(`${name}: commit ${errorName(checkCommit(this.group, claim, false))}`)
  }

  leave(...names: readonly string[]): void {
    const leaving = names.map((name) => ({
      memberId: this.actor(name).memberId,
      groupInstanceId: null,
    }))
    const codes = leaveGroup(this.group, leaving)
    this.#say(`leave ${names.join(' ')}: ${codes.map(errorName).join(' ')}`)
    this.#storeUnlessHeld()
  }

  removeInstance(instance: string): void {
    const codes = leaveGroup(this.group, [{ memberId: '', groupInstanceId: instance }])
    this.#say(`remove ${instance}: ${codes.map(errorName).join(' ')}`)
    this.#storeUnlessHeld()
  }

  /** Completes the writes that wait. */
  store(errorCode: ErrorCode = ErrorCode.NONE): void {
    for (const stored of this.#stores.splice(0)) stored(errorCode)
  }

  advance(byMs: number): void {
    this.clock.advance(byMs)
    this.#storeUnlessHeld()
  }

  /** Brings everybody named into a stable group; the first leads. */
  settle(...names: readonly string[]): void {
    for (const name of names) this.enter(name)
    this.advance(60_000)
    const given = Object.fromEntries(names.map((name) => [name, `to-${name}`]))
    for (const name of names) this.sync(name, name === names[0] ? given : {})
    this.transcript()
  }

  actor(name: string): Actor {
    let actor = this.#actors.get(name)
    if (actor === undefined) {
      actor = { memberId: '', generationId: -1, protocols: ['range'] }
      this.#actors.set(name, actor)
    }
    return actor
  }

  #joinRequest(name: string, options: JoinOptions): JoinRequest {
    const { version = 9, instance = null, metadata = '', protocolType = 'consumer' } = options
    const { memberId, protocols } = this.actor(name)
    return {
      memberId,
      groupInstanceId: instance,
      clientId: name,
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: options.sessionMs ?? 100_000,
      rebalanceTimeoutMs: options.rebalanceMs ?? 60_000,
      protocolType,
      protocols: protocols.map((each) => ({ name: each, metadata: Buffer.from(metadata) })),
      requiresKnownMemberId: version >= 4,
      supportsSkippingAssignment: version >= 9,
      reason: '',
    }
  }

  #storeUnlessHeld(): void {
    if (!this.holdsStores) this.store()
  }

  #say(line: string): void {
    this.#lines.push(line)
  }
}

function joined(answer: JoinAnswer): string {
  if (answer.errorCode !== ErrorCode.NONE) return `join ${errorName(answer.errorCode)}`
  const { generationId, memberId, leader, protocolName, members, skipAssignment } = answer
  const said = [`joined ${generationId} as ${memberId}`, protocolName ?? 'none']
  if (leader === memberId) said.push(`leads ${members.map((each) => each.memberId).join(' ')}`)
  else said.push(`follows ${leader}`)
  if (skipAssignment) said.push('skips assignment')
  return said.join(', ')
}

function synced(answer: SyncAnswer): string {
  if (answer.errorCode !== ErrorCode.NONE) return `sync ${errorName(answer.errorCode)}`
  return `synced ${text(answer.assignment)}`
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}
