import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  ErrorCode,
  errorName,
  WireReader,
  WireWriter,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { ConsumerStage } from '../../test/consumer-stage.ts'
import { settled } from '../../test/coordinator-stage.ts'
import type { JoinAnswer } from '../groups/group-answer.ts'
import type { JoinRequest } from '../groups/join-group.ts'

interface ClassicOptions {
  readonly memberId?: string
  readonly instance?: string
  /** Partitions of `flights` that it keeps while it joins. */
  readonly owned?: readonly number[]
  readonly topics?: readonly string[]
}

/** Classic consumers beside those of the new protocol. */
class MixedStage extends ConsumerStage {
  generationId = -1

  async joinClassic(name: string, options: ClassicOptions = {}): Promise<JoinAnswer> {
    const request: JoinRequest = {
      memberId: options.memberId ?? name,
      groupInstanceId: options.instance ?? null,
      clientId: name,
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription(options) }],
      requiresKnownMemberId: false,
      supportsSkippingAssignment: true,
      reason: '',
    }
    const joining = this.coordinator.join('g', request)
    await settled()
    this.clock.advance(0)
    const answer = await joining
    if (answer.errorCode === ErrorCode.NONE) this.generationId = answer.generationId
    else this.say(`${name}: join ${errorName(answer.errorCode)}`)
    return answer
  }

  async sync(
    memberId: string,
    given: Readonly<Record<string, readonly number[]>> = {},
  ): Promise<void> {
    const assignments = new Map(
      Object.entries(given).map(([id, partitions]) => [id, assignment(partitions)]),
    )
    const { generationId } = this
    const protocol = { protocolType: 'consumer', protocolName: 'range' }
    const claim = { memberId, groupInstanceId: null, generationId }
    const answer = await this.coordinator.sync('g', { ...claim, ...protocol, assignments })
    const { errorCode } = answer
    if (errorCode === ErrorCode.NONE) this.say(`${memberId}: synced ${read(answer.assignment)}`)
    else this.say(`${memberId}: sync ${errorName(errorCode)}`)
  }

  async heartbeat(memberId: string, generationId: number = this.generationId): Promise<void> {
    const claim = { memberId, groupInstanceId: null, generationId }
    this.say(`${memberId}: ${errorName(await this.coordinator.heartbeat('g', claim))}`)
  }

  async states(): Promise<string> {
    const described = await this.coordinator.describe('g')
    if (typeof described === 'number') return this.state()
    const members = described.members.map(({ memberId, memberAssignment }) => {
      return `${memberId} [${memberAssignment.length === 0 ? '' : read(memberAssignment)}]`
    })
    return ['classic', described.groupState, ...members].join(', ')
  }
}

function subscription({ owned = [], topics = ['flights'] }: ClassicOptions): Uint8Array {
  const ownedPartitions = owned.length === 0 ? [] : [{ topic: 'flights', partitions: owned }]
  const writer = new WireWriter()
  writer.int16(1)
  const value = { topics, userData: null, ownedPartitions, generationId: -1, rackId: null }
  ConsumerProtocolSubscription.encode(writer, value, 1)
  return new Uint8Array(Buffer.concat(writer.finish()))
}

function assignment(partitions: readonly number[]): Uint8Array {
  const writer = new WireWriter()
  writer.int16(1)
  const assignedPartitions = [{ topic: 'flights', partitions }]
  ConsumerProtocolAssignment.encode(writer, { assignedPartitions, userData: null }, 1)
  return new Uint8Array(Buffer.concat(writer.finish()))
}

function read(bytes: Uint8Array): string {
  const reader = new WireReader(bytes)
  const { assignedPartitions } = ConsumerProtocolAssignment.decode(reader, reader.int16())
  return assignedPartitions.flatMap(({ partitions }) => partitions).join(' ')
}

/** A classic group of one, `c`, that has all of `flights`. */
async function classicOfOne(settings = {}, instance?: string): Promise<[MixedStage, string]> {
  const stage = new MixedStage(settings)
  stage.topics.set('flights', 4)
  const { memberId } = await stage.joinClassic('c', {
    memberId: '',
    ...(instance === undefined ? {} : { instance }),
  })
  await stage.sync(memberId, { [memberId]: [0, 1, 2, 3] })
  stage.transcript()
  return [stage, memberId]
}

test('a classic group goes up when a new consumer comes, and down when it has gone', async () => {
  const [stage, c] = await classicOfOne()
  await stage.join('n', 'flights')
  expect(await stage.states()).toBe(`Reconciling 2/2, ${c} classic 1 [flights 0 1 2 3], n 2 []`)
  await stage.heartbeat(c)
  await stage.joinClassic('c', { memberId: c, owned: [0, 1, 2, 3] })
  await stage.sync(c)
  await stage.beat('n')
  await stage.heartbeat(c)
  await stage.joinClassic('c', { memberId: c, owned: [0, 1] })
  await stage.sync(c)
  await stage.heartbeat(c)
  await stage.beat('n')
  expect(await stage.states()).toBe(`Stable 2/2, ${c} classic 2 [flights 0 1], n 2 [flights 2 3]`)
  await stage.crash()
  expect(await stage.states()).toBe(`Stable 2/2, ${c} classic 2 [flights 0 1], n 2 [flights 2 3]`)
  await stage.leave('n')
  expect(await stage.states()).toBe(`classic, PreparingRebalance, ${c} [0 1]`)
  await stage.heartbeat(c)
  await stage.crash() // what n had is still nobody's
  expect(await stage.states()).toBe(`classic, PreparingRebalance, ${c} [0 1]`)
  expect(stage.transcript()).toEqual([
    'n: 2 []',
    `${c}: REBALANCE_IN_PROGRESS`,
    `${c}: synced 0 1`,
    'n: 2',
    `${c}: REBALANCE_IN_PROGRESS`,
    `${c}: synced 0 1`,
    `${c}: NONE`,
    'n: 2 [flights 2 3]',
    'n: -1',
    `${c}: REBALANCE_IN_PROGRESS`,
  ])
})

test('a group goes neither up nor down when the policy is against it', async () => {
  const [stage, c] = await classicOfOne({ migrationPolicy: 'downgrade' })
  await stage.join('n', 'flights')
  stage.settings = { migrationPolicy: 'upgrade' }
  await stage.crash()
  await stage.join('n', 'flights')
  await stage.leave('n')
  expect(stage.transcript()).toEqual(['n: GROUP_ID_NOT_FOUND', 'n: 2 []', 'n: -1'])
  expect(await stage.states()).toBe(`Assigning 3/2, ${c} classic 1 [flights 0 1 2 3]`)
})

test('a static member that comes back in the other protocol takes its place', async () => {
  const [stage, c] = await classicOfOne({}, 'i')
  await stage.join('n', 'flights', { instanceId: 'i' })
  expect(await stage.states()).toBe('Stable 2/2, n 2 [flights 0 1 2 3]')
  await stage.heartbeat(c)
  const { memberId } = await stage.joinClassic('c', { memberId: '', instance: 'i' })
  expect(await stage.states()).toBe(`classic, Stable, ${memberId} [0 1 2 3]`)
  await stage.sync(memberId)
  await stage.beat('n')
  expect(stage.transcript()).toEqual([
    'n: 2 [flights 0 1 2 3]',
    `${c}: UNKNOWN_MEMBER_ID`,
    `${memberId}: synced 0 1 2 3`,
    'n: GROUP_ID_NOT_FOUND',
  ])
})

test('a static member that comes back for other topics makes the group rebalance', async () => {
  const stage = new MixedStage()
  stage.topics.set('flights', 2)
  stage.topics.set('ports', 2)
  await stage.join('n', 'flights', { instanceId: 'i' })
  await stage.joinClassic('c', { memberId: '', instance: 'i', topics: ['ports'] })
  expect(await stage.states()).toContain('classic, PreparingRebalance')
})

test('members that wait for a classic group are sent to join again when it goes up', async () => {
  const [stage, c] = await classicOfOne()
  const joining = stage.joinClassic('d', { memberId: '' })
  await settled()
  await stage.join('n', 'flights')
  expect((await joining).errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
  expect(await stage.states()).toBe(`Reconciling 2/2, ${c} classic 1 [flights 0 1 2 3], n 2 []`)
})

test('classic members that do not join, or sync, in time are taken out', async () => {
  const [stage, c] = await classicOfOne()
  await stage.join('n', 'flights')
  const beats = async (): Promise<void> => {
    for (let passed = 0; passed < 60_000; passed += 6000) {
      await stage.pass(6000)
      await stage.heartbeat(c)
      await stage.beat('n')
    }
  }
  await stage.heartbeat(c)
  await beats()
  expect(stage.transcript().slice(-2)).toEqual([
    `${c}: UNKNOWN_MEMBER_ID`,
    'n: 3 [flights 0 1 2 3]',
  ])
  const { memberId } = await stage.joinClassic('d', { memberId: '' })
  await stage.acknowledge('n')
  const until = async (): Promise<void> => {
    for (let passed = 0; passed < 60_000; passed += 6000) {
      await stage.pass(6000)
      await stage.heartbeat(memberId, 4)
      await stage.acknowledge('n')
    }
  }
  await until()
  expect(stage.transcript().slice(-2)).toEqual([
    `${memberId}: UNKNOWN_MEMBER_ID`,
    'n: 5 [flights 0 1 2 3]',
  ])
})

test('an empty group is of the kind of who comes next', async () => {
  const stage = new MixedStage()
  stage.topics.set('flights', 1)
  await stage.join('n', 'flights')
  await stage.leave('n')
  const { memberId } = await stage.joinClassic('c', { memberId: '' })
  await stage.sync(memberId, { [memberId]: [0] })
  expect(await stage.states()).toBe(`classic, Stable, ${memberId} [0]`)
  await stage.crash()
  expect(await stage.states()).toBe(`classic, Stable, ${memberId} [0]`)
  await stage.coordinator.leave('g', [{ memberId, groupInstanceId: null }])
  await stage.join('n', 'flights')
  expect(await stage.states()).toBe('Stable 2/2, n 2 [flights 0]')
  await stage.crash()
  expect(await stage.states()).toBe('Stable 2/2, n 2 [flights 0]')
})

test('a partition that a leader gave to two has one owner after', async () => {
  const stage = new MixedStage()
  stage.topics.set('flights', 2)
  const first = stage.joinClassic('c', { memberId: '' })
  const second = await stage.joinClassic('d', { memberId: '' })
  const { memberId: c } = await first
  const d = second.memberId
  const both = { [c]: [0, 1], [d]: [1] }
  await Promise.all([stage.sync(d), stage.sync(c, both)])
  await stage.join('n', 'flights')
  expect(await stage.states()).toBe(
    `Reconciling 2/2, ${c} classic 1 [flights 0 1], ${d} classic 1 [], n 2 []`,
  )
})

test('a group with an assignor of its own stays classic', async () => {
  const [stage, c] = await classicOfOne()
  const joined = await stage.joinClassic('c', { memberId: c })
  const odd = new Uint8Array([0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7])
  await stage.coordinator.sync('g', {
    memberId: c,
    groupInstanceId: null,
    generationId: joined.generationId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: new Map([[c, odd]]),
  })
  await stage.join('n', 'flights')
  expect(stage.transcript()).toEqual(['n: GROUP_ID_NOT_FOUND'])
})
