import { seededRandom } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { expect, test, vi } from 'vitest'

import { type Ask, Cluster } from '../src/cluster/cluster.ts'
import { ClassicMember } from '../src/consumer/group/classic-member.ts'
import type { KafkaError } from '../src/errors/kafka-error.ts'
import { stickyProtocol } from '../src/consumer/group/sticky-protocol.ts'
import { resolveOptions } from '../src/options/resolve-options.ts'
import { startBroker } from './stage-broker.ts'

const POLL = { timeout: 20_000, interval: 10 }

/** Heartbeats of it are answered when a test says so, and as it says. */
class LateHeartbeats extends Cluster {
  readonly asked = Promise.withResolvers<void>()
  #answer: Promise<number> | undefined

  late(answer: Promise<number>): void {
    this.#answer = answer
  }

  override async ask<Request, Response>(
    nodeId: number,
    ask: Ask<Request, Response>,
  ): Promise<Response> {
    if (this.#answer === undefined || ask.api.name !== 'Heartbeat') return super.ask(nodeId, ask)
    this.asked.resolve()
    return { throttleTimeMs: 0, errorCode: await this.#answer } as Response
  }
}

interface Joined {
  readonly member: ClassicMember
  readonly generations: number[]
  readonly failures: KafkaError[]
  readonly lost: unknown[]
}

function join(
  cluster: Cluster,
  heartbeatIntervalMs: number,
  instanceId: string | null = null,
): Joined {
  const generations: number[] = []
  const failures: KafkaError[] = []
  const lost: unknown[] = []
  const member = new ClassicMember({
    ...{ cluster, clock: resolveOptions('localhost').clock, random: seededRandom(1) },
    ...{ groupId: 'g', instanceId, rack: undefined, topics: () => ['t'] },
    ...{ lane: cluster.ownLanes().group, protocol: stickyProtocol(), heartbeatIntervalMs },
    ...{ sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 },
    events: {
      joined: ({ generationId }) => void generations.push(generationId),
      assigned: () => {},
      revoked: async () => {},
      lost: (partitions) => void lost.push(...partitions),
      failed: (error) => void failures.push(error),
    },
  })
  return { member, generations, failures, lost }
}

async function start() {
  const broker = await startBroker({
    topics: [{ name: 't', partitions: 1 }],
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  const cluster = new LateHeartbeats({
    ...resolveOptions(broker.bootstrap),
    ...{ softwareVersion: '0', random: seededRandom(1) },
  })
  const unwatch = cluster.metadata.watch('t')
  await cluster.metadata.refresh()
  return {
    cluster,
    async [Symbol.asyncDispose]() {
      unwatch()
      cluster.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

test('who beats while the others are yet to join does not join once more for it', async () => {
  await using stage = await start()
  const leader = join(stage.cluster, 10)
  await vi.waitFor(() => expect(leader.generations).toHaveLength(1), POLL)
  const slow = join(stage.cluster, 300)
  await vi.waitFor(() => expect(slow.generations).toHaveLength(1), POLL)
  const last = join(stage.cluster, 10)
  await vi.waitFor(() => expect(slow.generations).toHaveLength(2), POLL)
  await vi.waitFor(() => expect(last.generations).toHaveLength(1), POLL)
  // two heartbeats of the slow one, and nothing came of them
  await new Promise((resolve) => setTimeout(resolve, 700))
  const newest = last.generations.at(-1)
  expect([leader, slow, last].map(({ generations }) => generations.at(-1))).toEqual([
    newest,
    newest,
    newest,
  ])
  expect(newest).toBe(3)
  await Promise.all([leader, slow, last].map(async ({ member }) => member.leave(true)))
})

test('who is fenced by another of the same instance id learns it from its heartbeats', async () => {
  await using stage = await start()
  const first = join(stage.cluster, 10, 'one')
  await vi.waitFor(() => expect(first.generations).toHaveLength(1), POLL)
  const second = join(stage.cluster, 10, 'one')
  await vi.waitFor(() => expect(second.generations).toHaveLength(1), POLL)
  await vi.waitFor(() => expect(first.failures).toHaveLength(1), { ...POLL, timeout: 3000 })
  expect(first.failures[0]?.errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID)
  expect(first.lost).toHaveLength(1)
  await Promise.all([first, second].map(async ({ member }) => member.leave(true)))
})

test('what is refused of a generation that is past takes nothing away', async () => {
  await using stage = await start()
  const first = join(stage.cluster, 20)
  // until it has joined it is between two
  await new Promise(setImmediate)
  expect(first.member.outdated(ErrorCode.ILLEGAL_GENERATION, first.member.identity)).toBe(true)
  await vi.waitUntil(() => first.generations.length === 1, POLL)
  const before = first.member.identity
  const second = join(stage.cluster, 20)
  await vi.waitUntil(() => first.generations.length === 2 && second.generations.length > 0, POLL)
  for (const errorCode of [ErrorCode.ILLEGAL_GENERATION, ErrorCode.REBALANCE_IN_PROGRESS]) {
    expect(first.member.outdated(errorCode, before)).toBe(true)
  }
  expect([first.generations.length, first.lost]).toEqual([2, []])
  const now = first.member.identity
  expect(first.member.outdated(ErrorCode.ILLEGAL_GENERATION, now)).toBe(false)
  expect(first.lost).toEqual([{ topic: 't', partition: 0 }])
  await Promise.all([first, second].map(async ({ member }) => member.leave(true)))
})

test.each(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'] as const)(
  'a heartbeat of the generation before that is answered late takes nothing away: %s',
  async (code) => {
    await using stage = await start()
    const { cluster } = stage
    const { member, generations, failures, lost } = join(cluster, 10)
    const late = Promise.withResolvers<number>()
    await vi.waitUntil(() => generations.length === 1, POLL)
    cluster.late(late.promise)
    await cluster.asked.promise
    member.outdated(ErrorCode.REBALANCE_IN_PROGRESS, member.identity)
    await vi.waitUntil(() => generations.length === 2, POLL)
    const { identity } = member
    cluster.late(new Promise(() => {}))
    late.resolve(ErrorCode[code])
    await new Promise(setImmediate)
    expect(member.identity).toEqual(identity)
    expect([generations.length, failures, lost]).toEqual([2, [], []])
    await member.leave(true)
  },
)
