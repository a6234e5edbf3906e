import { assert, type Random, seededRandom } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { ConsumerStage } from '../../test/consumer-stage.ts'
import { settled } from '../../test/coordinator-stage.ts'
import type { JoinAnswer, SyncAnswer } from '../groups/group-answer.ts'
import { readAssignment, writeAssignment } from './classic-protocol.ts'
import { NO_PARTITIONS, type Partitions } from './partitions.ts'

const CLIENTS = 5
const STEPS = 150
const SEEDS = 60
const PARTITIONS = 6
const NEVER_MS = 10_000_000

/** Version 1 of a subscription to `flights`; this one has nothing while it joins. */
const SUBSCRIPTION = Buffer.from('0001000000010007666c6967687473ffffffff00000000', 'hex')

/** A consumer that may come in either protocol. */
abstract class Client {
  owned: Partitions = NO_PARTITIONS
  readonly stage: ConsumerStage
  readonly name: string

  constructor(stage: ConsumerStage, name: string) {
    this.stage = stage
    this.name = name
  }

  abstract beat(): Promise<void> | void
  abstract leave(): Promise<void>
}

/** Has what it was told to have, and no more, as soon as it is told. */
class NewClient extends Client {
  #epoch = 0

  async beat(): Promise<void> {
    const isJoining = this.#epoch === 0
    const answer = await this.#say(this.#epoch, isJoining ? NO_PARTITIONS : this.owned)
    if (answer.errorCode === ErrorCode.NONE) {
      this.#epoch = answer.memberEpoch
      this.owned = answer.assignment ?? this.owned
    } else if (answer.errorCode !== ErrorCode.NOT_COORDINATOR) {
      this.owned = NO_PARTITIONS
      this.#epoch = 0
    }
  }

  async leave(): Promise<void> {
    this.owned = NO_PARTITIONS
    await this.#say(-1, null)
  }

  async #say(
    memberEpoch: number,
    reported: Partitions | null,
  ): Promise<Awaited<ReturnType<ConsumerStage['coordinator']['consumerHeartbeat']>>> {
    return this.stage.coordinator.consumerHeartbeat('g', {
      ...{ memberId: this.name, instanceId: null, memberEpoch, reported, rackId: null },
      ...{ clientId: 'c', clientHost: '/::1', rebalanceTimeoutMs: NEVER_MS },
      ...{ topicNames: ['flights'], topicPattern: null, serverAssignor: null },
    })
  }
}

/** Gives up everything before it joins, as the assignors of old have it. */
class ClassicClient extends Client {
  #memberId = ''
  #generationId = -1
  #doing: 'nothing' | 'joining' | 'joined' | 'syncing' | 'stable' = 'nothing'
  #members: readonly string[] = []
  #isGone = false

  async beat(): Promise<void> {
    if (this.#doing === 'nothing') this.#join()
    else if (this.#doing === 'joined') this.#sync()
    else if (this.#doing === 'stable') this.#heard(await this.#heartbeat())
  }

  async leave(): Promise<void> {
    this.owned = NO_PARTITIONS
    this.#isGone = true
    const member = { memberId: this.#memberId, groupInstanceId: null }
    await this.stage.coordinator.leave('g', [member])
  }

  #heartbeat(): Promise<ErrorCode> | ErrorCode {
    const claim = { memberId: this.#memberId, groupInstanceId: null }
    return this.stage.coordinator.heartbeat('g', { ...claim, generationId: this.#generationId })
  }

  #heard(errorCode: ErrorCode): void {
    const goesOn =
      errorCode === ErrorCode.NONE ||
      errorCode === ErrorCode.NOT_COORDINATOR ||
      errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE
    if (goesOn) return
    this.owned = NO_PARTITIONS
    if (errorCode !== ErrorCode.REBALANCE_IN_PROGRESS) this.#memberId = ''
    this.#doing = 'nothing'
  }

  #join(): void {
    this.#doing = 'joining'
    this.owned = NO_PARTITIONS
    const joining = this.stage.coordinator.join('g', {
      ...{ memberId: this.#memberId, groupInstanceId: null, clientId: 'c', clientHost: '/::1' },
      ...{ sessionTimeoutMs: 45_000, rebalanceTimeoutMs: NEVER_MS, protocolType: 'consumer' },
      protocols: [{ name: 'range', metadata: SUBSCRIPTION }],
      ...{ requiresKnownMemberId: false, supportsSkippingAssignment: true, reason: '' },
    })
    void Promise.resolve(joining).then((answer) => this.#joined(answer))
  }

  #joined({ errorCode, memberId, generationId, members }: JoinAnswer): void {
    this.#doing = errorCode === ErrorCode.NONE ? 'joined' : 'nothing'
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
    if (errorCode !== ErrorCode.NONE) return
    this.#memberId = memberId
    this.#generationId = generationId
    this.#members = members.map((one) => one.memberId)
    if (this.#isGone) void this.leave() // its answer came late
  }

  #sync(): void {
    this.#doing = 'syncing'
    const { topics } = this.stage
    const topicId = topics.byName('flights')?.id ?? ''
    const assignments = new Map(
      this.#members.map((memberId, at) => {
        const mine = Array.from({ length: PARTITIONS }, (_, one) => one).filter(
          (one) => one % this.#members.length === at,
        )
        return [memberId, writeAssignment(new Map([[topicId, mine]]), 1, topics)]
      }),
    )
    const claim = { memberId: this.#memberId, groupInstanceId: null }
    const syncing = this.stage.coordinator.sync('g', {
      ...{ ...claim, generationId: this.#generationId, assignments },
      ...{ protocolType: 'consumer', protocolName: 'range' },
    })
    void Promise.resolve(syncing).then((answer) => this.#synced(answer))
  }

  #synced({ errorCode, assignment }: SyncAnswer): void {
    if (this.#isGone) return
    this.#doing = errorCode === ErrorCode.NONE ? 'stable' : 'nothing'
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
    if (errorCode !== ErrorCode.NONE) return
    this.owned = readAssignment(assignment, this.stage.topics) ?? NO_PARTITIONS
  }
}

class RandomMigration {
  readonly stage = new ConsumerStage()
  readonly random: Random
  clients: Client[] = []
  readonly kinds = new Set<string>()
  #names = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.stage.topics.set('flights', PARTITIONS)
  }

  async step(): Promise<void> {
    const client = this.clients[this.random.below(CLIENTS)]
    const dice = this.random.below(100)
    if (client === undefined) this.enter()
    else if (dice < 85) await client.beat()
    else if (dice < 92) await this.leave(client)
    else if (dice < 96) await this.stage.crash()
    else await this.stage.pass(1000)
    await this.check()
  }

  /** Now comes one kind more often, now the other, so that groups do change. */
  enter(): void {
    const isNew = this.random.below(10) < (this.random.below(2) === 0 ? 2 : 8)
    const name = `m${(this.#names += 1)}`
    const { stage } = this
    this.clients.push(isNew ? new NewClient(stage, name) : new ClassicClient(stage, name))
  }

  async leave(client: Client): Promise<void> {
    this.clients = this.clients.filter((one) => one !== client)
    await client.leave()
  }

  async check(): Promise<void> {
    this.stage.clock.advance(0)
    await settled()
    const all = this.clients.flatMap(({ owned }) => [...(owned.values().next().value ?? [])])
    assert(new Set(all).size === all.length, 'two have a partition')
    const { groups } = await this.stage.coordinator.list({ states: [], types: [] })
    for (const { groupType } of groups) this.kinds.add(groupType)
  }

  /** Nothing goes wrong any more. @returns the partitions that all together have */
  async calm(): Promise<readonly number[]> {
    while (this.clients.length < 3) this.enter()
    for (let round = 0; round < 60; round += 1) {
      // oxlint-disable no-await-in-loop -- one after the other, as they would
      for (const client of this.clients) {
        await client.beat()
        await this.check()
      }
      await this.stage.pass(round % 10 === 9 ? 20_000 : 1)
      // oxlint-enable no-await-in-loop
    }
    return this.clients.flatMap(({ owned }) => [...(owned.values().next().value ?? [])])
  }
}

test('whoever comes and goes in either protocol, no partition is lost or had by two', async () => {
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  const kinds = new Set<string>()
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    const played = new RandomMigration(seed)
    try {
      // oxlint-disable-next-line no-await-in-loop -- one by one
      for (let step = 0; step < STEPS; step += 1) await played.step()
      // oxlint-disable-next-line no-await-in-loop -- one group after the other
      const owned = await played.calm()
      expect(owned.toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5])
      for (const kind of played.kinds) kinds.add(kind)
      played.stage.coordinator.stop()
    } catch (error) {
      throw new Error(`replay with PAFKA_SEED=${seed}`, { cause: error })
    }
  }
  expect([...kinds].toSorted()).toEqual(['classic', 'consumer'])
}, 120_000)
