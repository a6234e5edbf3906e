import { assert, type Random, seededRandom, silentLogger } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { ClassicGroup } from './classic-group.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import type { JoinAnswer, SyncAnswer } from './group-answer.ts'
import { joinGroup } from './join-group.ts'
import { leaveGroup } from './leave-group.ts'
import { heartbeat } from './member-checks.ts'
import { syncGroup } from './sync-group.ts'

const CLIENTS = 12
const STEPS = 600
const SEEDS = 200
const SESSION_MS = 30_000
const REBALANCE_MS = 60_000
const MAX_SIZE = 10

/** A consumer as it is in the wild: joins, syncs, beats, leaves, crashes, comes back. */
class Client {
  readonly name: string
  readonly instance: string | null
  memberId = ''
  generationId = -1
  leads: readonly string[] = []
  assignment = ''
  doing: 'nothing' | 'joining' | 'joined' | 'syncing' | 'stable' = 'nothing'
  /** Answers to requests from before a crash count for nobody. */
  life = 0

  constructor(name: string, instance: string | null) {
    this.name = name
    this.instance = instance
  }

  crash(): void {
    this.life += 1
    this.memberId = ''
    this.doing = 'nothing'
  }
}

/** Plays a seed and checks after every step that nothing impossible came to be. */
class RandomGroup {
  readonly clock = new ManualClock()
  readonly #random: Random
  readonly #clients: Client[]
  readonly #stores: ((errorCode: ErrorCode) => void)[] = []
  readonly group: ClassicGroup
  /** Per request: how often it was answered. */
  readonly answers: number[] = []
  /** Generation to what its leader was told of its members. */
  readonly #membersOf = new Map<number, readonly string[]>()
  readonly #leaderOf = new Map<number, string>()
  #ids = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#clients = Array.from({ length: CLIENTS }, (_, index) => {
      return new Client(`c${index}`, index % 3 === 0 ? `i${index}` : null)
    })
    this.group = new ClassicGroup('g', {
      clock: this.clock,
      logger: silentLogger,
      deadlines: new DeadlineQueue(this.clock),
      initialRebalanceDelayMs: 3000,
      maxSize: MAX_SIZE,
      randomId: () => String((this.#ids += 1)),
      store: (_group, _assignments, stored) => this.#stores.push(stored),
    })
  }

  step(): void {
    const client = this.#clients[this.#random.below(CLIENTS)]
    if (client === undefined) return
    const dice = this.#random.below(100)
    if (dice < 10) this.clock.advance(this.#random.below(20_000))
    else if (dice < 30) this.#store()
    else if (dice < 33) client.crash()
    else if (dice < 36) this.#leave(client)
    else if (dice < 39) this.#join(client) // whatever it was doing: sent again, or anew
    else this.#goOn(client)
    this.#check()
  }

  /** Everybody goes on peacefully until the group is stable. */
  calm(): void {
    for (let round = 0; round < 60 && !this.#isCalm; round += 1) {
      for (const client of this.#clients) {
        if (client.doing === 'nothing' || client.doing === 'joined') this.#goOn(client)
        else if (client.doing === 'stable') this.#goOn(client)
      }
      for (const stored of this.#stores.splice(0)) stored(ErrorCode.NONE)
      this.clock.advance(2000)
      this.#check()
    }
  }

  end(): void {
    this.group.die(ErrorCode.NOT_COORDINATOR)
    for (const stored of this.#stores.splice(0)) stored(ErrorCode.NONE)
    this.clock.advance(10 * REBALANCE_MS)
  }

  get #isCalm(): boolean {
    const stable = this.#clients.filter(({ doing }) => doing === 'stable').length
    return this.group.state === 'Stable' && stable === this.group.roster.size && stable > 0
  }

  #goOn(client: Client): void {
    if (client.doing === 'nothing') this.#join(client)
    else if (client.doing === 'joined') this.#sync(client)
    else if (client.doing === 'stable') this.#beat(client)
  }

  #join(client: Client): void {
    const { life } = client
    client.doing = 'joining'
    const answered = this.#expectAnswer()
    const waiter = (answer: JoinAnswer): void => {
      answered()
      if (client.life === life) this.#joined(client, answer)
    }
    joinGroup(this.group, this.#joinRequest(client), waiter)
  }

  #joinRequest(client: Client): Parameters<typeof joinGroup>[1] {
    const metadata = Uint8Array.of(this.#random.below(20) === 0 ? 1 : 0)
    return {
      memberId: client.memberId,
      groupInstanceId: client.instance,
      clientId: client.name,
      clientHost: '/::1',
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata }],
      requiresKnownMemberId: client.name !== 'c1',
      supportsSkippingAssignment: this.#random.below(2) === 0,
      reason: '',
    }
  }

  #joined(client: Client, answer: JoinAnswer): void {
    client.doing = 'nothing'
    if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) client.memberId = answer.memberId
    if (answer.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) client.memberId = ''
    if (answer.errorCode === ErrorCode.FENCED_INSTANCE_ID) client.crash()
    if (answer.errorCode !== ErrorCode.NONE) return
    client.memberId = answer.memberId
    client.generationId = answer.generationId
    client.doing = 'joined'
    client.leads = []
    if (answer.leader !== answer.memberId || answer.skipAssignment) return
    client.leads = answer.members.map(({ memberId }) => memberId)
    assert(client.leads.includes(client.memberId), 'a leader is a member')
    const { generationId } = answer
    assert((this.#leaderOf.get(generationId) ?? client.name) === client.name, 'one leads')
    this.#leaderOf.set(generationId, client.name)
    this.#membersOf.set(generationId, client.leads)
  }

  #sync(client: Client): void {
    const { life, generationId } = client
    client.doing = 'syncing'
    const answered = this.#expectAnswer()
    const assignments = new Map(
      client.leads.map((memberId) => [memberId, Buffer.from(`${generationId}/${memberId}`)]),
    )
    const waiter = (answer: SyncAnswer): void => {
      answered()
      if (client.life === life) this.#synced(client, answer)
    }
    syncGroup(
      this.group,
      {
        memberId: client.memberId,
        groupInstanceId: client.instance,
        generationId,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments,
      },
      waiter,
    )
  }

  #synced(client: Client, answer: SyncAnswer): void {
    client.doing = answer.errorCode === ErrorCode.NONE ? 'stable' : 'nothing'
    if (answer.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) client.memberId = ''
    if (answer.errorCode === ErrorCode.FENCED_INSTANCE_ID) client.crash()
    if (answer.errorCode !== ErrorCode.NONE) return
    client.assignment = Buffer.from(answer.assignment).toString()
    // A static member that came back is assigned what its former self was.
    if (client.instance !== null || client.assignment === '') return
    const own = `${client.generationId}/${client.memberId}`
    assert(client.assignment === own, 'a member gets its own assignment')
    const told = this.#membersOf.get(client.generationId)
    assert(told?.includes(client.memberId) === true, 'only members are assigned to')
  }

  #beat(client: Client): void {
    const { memberId, generationId, instance } = client
    const errorCode = heartbeat(this.group, { memberId, generationId, groupInstanceId: instance })
    if (errorCode === ErrorCode.NONE) return
    client.doing = 'nothing'
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) client.memberId = ''
    if (errorCode === ErrorCode.FENCED_INSTANCE_ID) client.crash()
  }

  #leave(client: Client): void {
    leaveGroup(this.group, [{ memberId: client.memberId, groupInstanceId: client.instance }])
    client.crash()
  }

  #store(): void {
    const stored = this.#stores.shift()
    stored?.(this.#random.below(20) === 0 ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NONE)
  }

  #expectAnswer(): () => void {
    const request = this.answers.push(0) - 1
    return () => {
      assert(this.answers[request] === 0, 'a request is answered once')
      this.answers[request] = 1
    }
  }

  #check(): void {
    const { group } = this
    const members = [...group.roster.all()]
    const { leaderId } = group.roster
    const leads = members.some(({ memberId }) => memberId === leaderId)
    assert(members.length === 0 ? leaderId === null : leads, 'a member leads')
    assert(group.state !== 'Empty' || members.length === 0, 'an empty group has no members')
    assert(group.roster.awaitingJoin <= MAX_SIZE, 'no more join than may')
    for (const member of members) {
      assert(group.state !== 'Stable' || !member.isAwaitingSync, 'a stable group answered syncs')
      const isWatched = member.isExcusedFromHeartbeat || Number.isFinite(member.session.dueMs)
      assert(isWatched, 'every member expires some day')
    }
  }
}

test('whatever clients do, the group keeps its rules and answers each request once', () => {
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  let stableAtLast = 0
  let generations = 0
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    const played = new RandomGroup(seed)
    try {
      for (let step = 0; step < STEPS; step += 1) played.step()
      played.calm()
      if (played.group.state === 'Stable') stableAtLast += 1
      generations += played.group.generationId
      played.end()
      expect(new Set(played.answers), 'no request is forgotten').toEqual(new Set([1]))
    } catch (error) {
      throw new Error(`replay with PAFKA_SEED=${seed}`, { cause: error })
    }
  }
  expect(stableAtLast, 'groups that found peace').toBe(SEEDS)
  expect(generations, 'generations that were seen').toBeGreaterThan(10 * SEEDS)
})
