import { assert, type Random, seededRandom } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { settled } from '../../test/coordinator-stage.ts'
import { StreamsStage, WORD_COUNT } from '../../test/streams-stage.ts'
import type { Partitions } from '../consumer-groups/partitions.ts'
import type { StreamsHeartbeatAnswer } from './streams-heartbeat.ts'
import { type TaskIds, type Tasks, tasksFrom } from './tasks.ts'

const CLIENTS = 6
const STEPS = 200
const SEEDS = 80
const SESSION_MS = 45_000

type Role = 'active' | 'standby'

/** `role subtopology partition` of each task. */
function placesOf({ active, standby }: Tasks): Set<string> {
  const listed = (role: Role, tasks: Partitions): string[] =>
    [...tasks].flatMap(([id, partitions]) => partitions.map((one) => `${role} ${id} ${one}`))
  return new Set([...listed('active', active), ...listed('standby', standby)])
}

function tasksOf(places: ReadonlySet<string>): Tasks {
  const of = (wanted: Role): Partitions => {
    const listed = [...places].flatMap((place): TaskIds[] => {
      const [role, subtopologyId = '', partition = ''] = place.split(' ')
      return role === wanted ? [{ subtopologyId, partitions: [Number(partition)] }] : []
    })
    return tasksFrom(listed)
  }
  return { active: of('active'), standby: of('standby'), warmup: new Map() }
}

/** A member as it is in the wild: it takes its time to let go, and misses answers. */
class Client {
  readonly memberId: string
  readonly processId: string
  isIn = false
  epoch = 0
  owned = new Set<string>()
  told = new Set<string>()
  /** It is not sure what it was told last: it says what it has. */
  isUnsure = true

  constructor(memberId: string, processId: string) {
    this.memberId = memberId
    this.processId = processId
  }

  /** It lost its place: whatever it had is another's now. */
  lose(): void {
    this.owned = new Set()
    this.told = new Set()
    this.epoch = 0
    this.isUnsure = true
  }
}

class RandomGroup {
  readonly stage: StreamsStage
  readonly random: Random
  readonly clients: readonly Client[]
  readonly standbyReplicas: number
  partitions: number
  highestEpoch = 0
  assignments = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.standbyReplicas = this.random.below(3)
    const initialRebalanceDelayMs = this.random.below(2) * 3000
    this.stage = new StreamsStage({
      standbyReplicas: this.standbyReplicas,
      initialRebalanceDelayMs,
    })
    this.partitions = 1 + this.random.below(4)
    this.stage.makeTopics(this.partitions)
    const processes = 1 + this.random.below(CLIENTS)
    this.clients = Array.from({ length: CLIENTS }, (_, at) => {
      return new Client(`m${at}`, `p${at % processes}`)
    })
  }

  async step(): Promise<void> {
    const client = this.clients[this.random.below(CLIENTS)]
    if (client === undefined) return
    const dice = this.random.below(100)
    if (dice < 55) await this.beat(client)
    else if (dice < 67) this.obey(client)
    else if (dice < 78) await this.enter(client)
    else if (dice < 83) await this.leave(client)
    else if (dice < 88) this.changeTopics()
    else if (dice < 92) await this.silence(client)
    else if (dice < 94) await this.stage.pass(3000)
    else if (dice < 97) await this.restart()
    else await this.kill(client)
    await this.check()
  }

  async enter(client: Client): Promise<void> {
    if (!client.isIn) client.lose()
    client.isIn = true
    await this.beat(client)
  }

  /** @param lossy the answer may be lost on its way */
  async beat(client: Client, lossy = true): Promise<void> {
    if (!client.isIn) return
    const answer = await this.ask(client)
    if (lossy && this.random.below(8) === 0) client.isUnsure = true
    else this.hear(client, answer)
  }

  ask(client: Client): Promise<StreamsHeartbeatAnswer> {
    const { memberId, processId, epoch, isUnsure } = client
    const isJoining = epoch === 0
    if (isJoining) client.owned = new Set()
    const reports = isUnsure || this.random.below(2) === 0
    // what it was told to take it has when it speaks of it; what it is to give up perhaps too
    if (reports && !isJoining) {
      const kept = this.random.below(2) === 0 ? [] : client.owned
      client.owned = new Set([...kept, ...client.told])
    }
    return this.stage.ask(memberId, {
      memberEpoch: epoch,
      reported: reports || isJoining ? tasksOf(client.owned) : null,
      rebalanceTimeoutMs: isJoining ? 1_000_000 : -1,
      topology: isJoining ? WORD_COUNT : null,
      processId: isJoining ? processId : null,
      clientTags: isJoining ? [] : null,
    })
  }

  hear(client: Client, { errorCode, memberEpoch, tasks }: StreamsHeartbeatAnswer): void {
    if (errorCode === ErrorCode.NONE) {
      client.epoch = memberEpoch
      client.isUnsure = false
      if (tasks === null) return
      this.assignments += 1
      client.told = placesOf(tasks)
      return
    }
    const isBrokersFault =
      errorCode === ErrorCode.NOT_COORDINATOR || errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE
    client.isUnsure = true
    if (!isBrokersFault) client.lose()
  }

  /** First it lets go of what it should not have, and some time later takes the rest. */
  obey(client: Client): void {
    if (!client.isIn) return
    const kept = [...client.owned].filter((one) => client.told.has(one))
    client.owned = kept.length < client.owned.size ? new Set(kept) : new Set(client.told)
  }

  async leave(client: Client): Promise<void> {
    if (!client.isIn) return
    client.lose()
    client.isIn = false
    await this.stage.ask(client.memberId, { memberEpoch: -1 })
  }

  changeTopics(): void {
    const { stage } = this
    if (stage.topics.byName('lines') === undefined) return stage.makeTopics(this.partitions)
    if (this.random.below(2) === 0) {
      this.partitions += this.random.below(3)
      return stage.makeTopics(this.partitions)
    }
    stage.topics.delete('lines')
    stage.coordinator.topicsChanged()
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
    const active = new Set<string>()
    const inProcess = new Set<string>()
    for (const { processId, owned } of this.clients) {
      for (const place of owned) {
        const [role, ...task] = place.split(' ')
        const name = task.join(' ')
        assert(role !== 'active' || !active.has(name), 'two run a task')
        if (role === 'active') active.add(name)
        assert(!inProcess.has(`${processId} ${name}`), 'a process has a task twice')
        inProcess.add(`${processId} ${name}`)
      }
    }
    const described = await this.stage.coordinator.streams.describe('g')
    if (typeof described === 'number') return
    assert(described.groupEpoch >= this.highestEpoch, 'epochs only rise')
    assert(described.assignmentEpoch <= described.groupEpoch, 'nothing is assigned ahead')
    for (const { member } of described.members) {
      assert(member.memberEpoch <= described.assignmentEpoch, 'nobody is ahead of the target')
    }
    this.highestEpoch = described.groupEpoch
  }

  /** Nothing goes wrong any more. @returns what all together have */
  async calm(): Promise<readonly string[]> {
    this.stage.makeTopics(this.partitions)
    await this.stage.pass(SESSION_MS + 1) // those who are gone are known to be
    for (const client of this.clients) client.lose()
    for (let round = 0; round < 8 * CLIENTS; round += 1) {
      await this.stage.pass(200)
      for (const client of this.clients) {
        client.isIn = true
        await this.beat(client, false)
        this.obey(client)
        await this.check()
      }
    }
    assert((await this.stage.state()).startsWith('Stable'), 'the group finds peace')
    await this.restart()
    return this.clients.flatMap(({ owned }) => [...owned]).toSorted()
  }

  /** Each task active once, those with a state with as many standbys as there are processes for. */
  get wanted(): readonly string[] {
    const processes = new Set(this.clients.map(({ processId }) => processId)).size
    const standbys = Math.min(this.standbyReplicas, processes - 1)
    return Array.from({ length: this.partitions }, (_, partition) => [
      `active 0 ${partition}`,
      `active 1 ${partition}`,
      ...Array.from({ length: standbys }, () => `standby 1 ${partition}`),
    ])
      .flat()
      .toSorted()
  }
}

test('whatever members do, no task runs twice, and at last each runs once', async () => {
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  let assignments = 0
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    const played = new RandomGroup(seed)
    try {
      for (let step = 0; step < STEPS; step += 1) await played.step()
      // oxlint-disable-next-line no-await-in-loop -- one group after the other
      expect(await played.calm()).toEqual(played.wanted)
      assignments += played.assignments
      played.stage.coordinator.stop()
    } catch (error) {
      throw new Error(`replay with PAFKA_SEED=${seed}`, { cause: error })
    }
  }
  expect(assignments, 'assignments that were made').toBeGreaterThan(20 * SEEDS)
}, 120_000)
