import { assert, type Random, seededRandom } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { ConsumerStage } from '../../test/consumer-stage.ts'
import { settled } from '../../test/coordinator-stage.ts'
import type { HeartbeatAnswer } from './consumer-heartbeat.ts'
import { partitionsFrom, type Partitions } from './partitions.ts'

const CLIENTS = 6
const STEPS = 120
const SEEDS = 60
const TOPICS = ['flights', 'ports', 'planes']
const SESSION_MS = 45_000

/** A consumer as it is in the wild: it takes its time to let go, and misses answers. */
class Client {
  readonly memberId: string
  readonly instanceId: string | null
  isIn = false
  epoch = 0
  topicNames: readonly string[] = []
  /** `topicId partition` */
  owned = new Set<string>()
  told = new Set<string>()
  /** It is not sure what it was told last, or is new: it says everything. */
  isUnsure = true
  lives = 0

  constructor(name: string, instanceId: string | null) {
    this.memberId = name
    this.instanceId = instanceId
  }

  /** It lost its place: whatever it had is another's now. */
  lose(): void {
    this.owned = new Set()
    this.told = new Set()
    this.epoch = 0
    this.isUnsure = true
  }

  get hasTo(): boolean {
    return [...this.owned].some((one) => !this.told.has(one))
  }
}

function placesOf(partitions: Partitions): Set<string> {
  return new Set(
    [...partitions].flatMap(([topicId, ofTopic]) => ofTopic.map((one) => `${topicId} ${one}`)),
  )
}

function partitionsOf(places: ReadonlySet<string>): Partitions {
  return partitionsFrom(
    [...places].map((place) => {
      const [topicId = '', partition = ''] = place.split(' ')
      return { topicId, partitions: [Number(partition)] }
    }),
  )
}

class RandomGroup {
  readonly stage = new ConsumerStage()
  readonly random: Random
  readonly clients: readonly Client[]
  highestEpoch = 0
  assignments = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
    for (const topic of TOPICS) this.stage.topics.set(topic, 1 + this.random.below(5))
    this.clients = Array.from({ length: CLIENTS }, (_, at) => {
      return new Client(`m${at}`, at % 3 === 0 ? `i${at}` : null)
    })
  }

  async step(): Promise<void> {
    const client = this.clients[this.random.below(CLIENTS)]
    if (client === undefined) return
    const dice = this.random.below(100)
    if (dice < 50) await this.beat(client)
    else if (dice < 62) this.obey(client)
    else if (dice < 72) await this.enter(client)
    else if (dice < 78) await this.leave(client)
    else if (dice < 84) await this.change(client)
    else if (dice < 90) this.changeTopics()
    else if (dice < 94) await this.silence(client)
    else if (dice < 97) await this.restart()
    else await this.kill(client)
    await this.check()
  }

  async enter(client: Client): Promise<void> {
    if (client.isIn) return this.beat(client)
    client.lose()
    client.isIn = true
    client.topicNames = TOPICS.filter(() => this.random.below(3) > 0)
    await this.beat(client)
  }

  /** @param lossy the answer may be lost on its way */
  async beat(client: Client, lossy = true): Promise<void> {
    if (!client.isIn) return
    const answer = await this.ask(client)
    const isLost = lossy && this.random.below(8) === 0
    if (isLost) client.isUnsure = true
    else this.hear(client, answer)
  }

  ask(client: Client): Promise<HeartbeatAnswer> | HeartbeatAnswer {
    const { memberId, instanceId, epoch, isUnsure, topicNames } = client
    const reports = isUnsure || this.random.below(2) === 0
    // what it says that it has not it will not take after all: it is another's then
    if (reports) client.owned = client.told
    return this.stage.coordinator.consumerHeartbeat('g', {
      memberId,
      instanceId,
      memberEpoch: epoch,
      reported: reports ? partitionsOf(client.owned) : null,
      rackId: null,
      clientId: memberId,
      clientHost: '/::1',
      rebalanceTimeoutMs: isUnsure ? 1_000_000 : -1,
      topicNames: isUnsure ? topicNames : null,
      topicPattern: null,
      serverAssignor: null,
    })
  }

  hear(client: Client, { errorCode, memberEpoch, assignment }: HeartbeatAnswer): void {
    if (errorCode === ErrorCode.NONE) {
      client.epoch = memberEpoch
      client.isUnsure = false
      if (assignment === null) return
      this.assignments += 1
      client.told = placesOf(assignment)
      return
    }
    const isBrokersFault =
      errorCode === ErrorCode.NOT_COORDINATOR || errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE
    client.isUnsure = true
    if (!isBrokersFault) client.lose()
    if (errorCode === ErrorCode.UNRELEASED_INSTANCE_ID) client.isIn = false
  }

  /** First it lets go of what it should not have, and some time later takes the rest. */
  obey(client: Client): void {
    if (!client.isIn) return
    if (client.hasTo)
      client.owned = new Set([...client.owned].filter((one) => client.told.has(one)))
    else client.owned = new Set(client.told)
  }

  async leave(client: Client): Promise<void> {
    if (!client.isIn) return
    const { memberId, instanceId } = client
    const isBack = instanceId !== null && this.random.below(2) === 0
    client.lose()
    client.isIn = false
    await this.stage.coordinator.consumerHeartbeat('g', {
      ...{ memberId, instanceId, memberEpoch: isBack ? -2 : -1, reported: null, rackId: null },
      ...{ clientId: memberId, clientHost: '/::1', rebalanceTimeoutMs: -1, topicNames: null },
      ...{ topicPattern: null, serverAssignor: null },
    })
  }

  async change(client: Client): Promise<void> {
    client.topicNames = TOPICS.filter(() => this.random.below(3) > 0)
    client.isUnsure = true
    await this.beat(client)
  }

  changeTopics(): void {
    const name = TOPICS[this.random.below(TOPICS.length)] ?? ''
    const topic = this.stage.topics.byName(name)
    if (topic === undefined) this.stage.topics.set(name, 1 + this.random.below(5))
    else if (this.random.below(3) === 0) this.stage.topics.delete(name)
    else this.stage.topics.set(name, topic.partitions.length + this.random.below(3))
    this.stage.coordinator.topicsChanged()
  }

  /** Everybody is heard of until the session of this one ends. It knows, and has let go. */
  async silence(client: Client): Promise<void> {
    for (let passed = 0; passed < SESSION_MS; passed += 15_000) {
      for (const other of this.clients) if (other !== client) await this.beat(other, false)
      await this.stage.pass(15_000)
    }
    client.lose()
    client.isIn = false
    await this.stage.pass(1)
  }

  /** All that was answered is in the log: the group comes back as it was. */
  async restart(): Promise<void> {
    const before = await this.stage.state()
    await this.stage.crash()
    const after = await this.stage.state()
    assert(before === after, 'a group comes back as it was')
  }

  /** The broker dies with a write under way, which is lost or not; its answer is lost. */
  async kill(client: Client): Promise<void> {
    const { memory } = this.stage
    memory.isHeld = true
    const asked = [client, ...this.clients].filter(({ isIn }) => isIn).slice(0, 3)
    for (const one of asked) {
      void this.ask(one)
      one.isUnsure = true
    }
    await settled()
    if (this.random.below(2) === 0) memory.release()
    memory.drop()
    memory.isHeld = false
    await settled()
    await this.stage.crash()
    this.highestEpoch = 0
  }

  async check(): Promise<void> {
    const owners = new Map<string, string>()
    for (const { memberId, owned } of this.clients) {
      for (const place of owned) {
        const other = owners.get(place)
        assert(other === undefined, 'two have a partition')
        owners.set(place, memberId)
      }
    }
    const described = await this.stage.coordinator.describeConsumerGroup('g')
    if (typeof described === 'number') return
    assert(described.groupEpoch >= this.highestEpoch, 'epochs only rise')
    assert(described.assignmentEpoch <= described.groupEpoch, 'nothing is assigned ahead')
    for (const { member } of described.members) {
      assert(member.memberEpoch <= described.assignmentEpoch, 'nobody is ahead of the target')
    }
    this.highestEpoch = described.groupEpoch
  }

  /** Nothing goes wrong any more. @returns what all together have, and should have */
  async calm(): Promise<{ readonly owned: string[]; readonly wanted: string[] }> {
    await this.stage.pass(SESSION_MS + 1) // those who are gone are known to be
    for (const client of this.clients) {
      client.lose()
      client.isIn = true
      if (client.topicNames.length === 0) client.topicNames = TOPICS
    }
    for (let round = 0; round < 8 * CLIENTS; round += 1) {
      for (const client of this.clients) {
        client.isIn = true
        await this.beat(client, false)
        this.obey(client)
        await this.check()
      }
    }
    const names = new Set(this.clients.flatMap(({ topicNames }) => topicNames))
    const wanted = [...names].flatMap((name) => {
      const topic = this.stage.topics.byName(name)
      return Array.from({ length: topic?.partitions.length ?? 0 }, (_, at) => `${topic?.id} ${at}`)
    })
    const owned = this.clients.flatMap((client) => [...client.owned])
    assert((await this.stage.state()).startsWith('Stable'), 'the group finds peace')
    await this.restart()
    return { owned: owned.toSorted(), wanted: wanted.toSorted() }
  }
}

test('whatever consumers do, no partition has two owners, and at last each has one', async () => {
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  let assignments = 0
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    const played = new RandomGroup(seed)
    try {
      for (let step = 0; step < STEPS; step += 1) await played.step()
      // oxlint-disable-next-line no-await-in-loop -- one group after the other
      const { owned, wanted } = await played.calm()
      expect(owned).toEqual(wanted)
      assignments += played.assignments
      played.stage.coordinator.stop()
    } catch (error) {
      throw new Error(`replay with PAFKA_SEED=${seed}`, { cause: error })
    }
  }
  expect(assignments, 'assignments that were made').toBeGreaterThan(20 * SEEDS)
}, 120_000)
