import { ErrorCode, errorName } from '@pafka/protocol'

import type { HeartbeatRequest } from '../src/consumer-groups/consumer-heartbeat.ts'
import {
  NO_PARTITIONS,
  type Partitions,
  type TopicPartitions,
} from '../src/consumer-groups/partitions.ts'
import { CoordinatorStage, settled } from './coordinator-stage.ts'
import type { SaidSettings } from './fake-topics.ts'

/** What a consumer was told last: what it tells of itself next. */
interface Actor {
  epoch: number
  owned: Partitions
}

type Fields = Partial<HeartbeatRequest>

/**
 * A consumer group played by named consumers, for tests. Whatever they are told becomes a line of
 * the transcript: the epoch, and the partitions when they are told them.
 */
export class ConsumerStage extends CoordinatorStage {
  readonly actors: Map<string, Actor> = new Map()
  #lines: string[] = []

  constructor(settings: SaidSettings = {}) {
    super(undefined, settings)
  }

  /** What happened since the last call. */
  transcript(): string[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  say(line: string): void {
    this.#lines.push(line)
  }

  /** @param topics names, separated by spaces */
  join(name: string, topics: string, more: Fields = {}): Promise<void> {
    this.actors.set(name, { epoch: 0, owned: NO_PARTITIONS })
    return this.beat(name, {
      rebalanceTimeoutMs: 60_000,
      topicNames: topics.split(' ').filter((topic) => topic !== ''),
      reported: NO_PARTITIONS,
      ...more,
    })
  }

  /** Says what it was told to have, and that it has no more. */
  acknowledge(name: string, more: Fields = {}): Promise<void> {
    return this.beat(name, { reported: this.actor(name).owned, ...more })
  }

  async beat(name: string, more: Fields = {}): Promise<void> {
    const actor = this.actor(name)
    const answer = await this.coordinator.consumerHeartbeat('g', {
      memberId: name,
      instanceId: null,
      memberEpoch: actor.epoch,
      reported: null,
      rackId: null,
      clientId: name,
      clientHost: '/127.0.0.1',
      rebalanceTimeoutMs: -1,
      topicNames: null,
      topicPattern: null,
      serverAssignor: null,
      ...more,
    })
    const { errorCode, memberEpoch, assignment } = answer
    if (errorCode !== ErrorCode.NONE) return this.say(`${name}: ${errorName(errorCode)}`)
    actor.epoch = memberEpoch
    if (assignment !== null) actor.owned = assignment
    const told = assignment === null ? '' : ` [${this.text(assignment)}]`
    this.say(`${name}: ${memberEpoch}${told}`)
  }

  leave(name: string, more: Fields = {}): Promise<void> {
    return this.beat(name, { memberEpoch: -1, ...more })
  }

  /** Goes round until everybody is where they should be; says only how that ends. */
  async settle(...names: readonly string[]): Promise<void> {
    const kept = this.#lines.length
    for (let round = 0; round < 2 * names.length + 2; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as they would
      for (const name of names) await this.acknowledge(name)
    }
    this.#lines.length = kept
    for (const name of names) this.say(`${name} has ${this.text(this.actor(name).owned)}`)
  }

  async state(): Promise<string> {
    const described = await this.coordinator.describeConsumerGroup('g')
    if (typeof described === 'number') return errorName(described)
    const { groupState, groupEpoch, assignmentEpoch, members } = described
    const all = members.map(({ member, assignment }) => {
      const { memberId, memberEpoch, classic } = member
      const kind = classic === null ? '' : ' classic'
      return `${memberId}${kind} ${memberEpoch} [${this.text(assignment)}]`
    })
    return [`${groupState} ${groupEpoch}/${assignmentEpoch}`, ...all.toSorted()].join(', ')
  }

  /** The broker is gone and another comes up with its log; nobody was told. */
  async crash(): Promise<void> {
    this.restart()
    await settled()
  }

  async pass(byMs: number): Promise<void> {
    this.clock.advance(byMs)
    await settled()
  }

  actor(name: string): Actor {
    let actor = this.actors.get(name)
    if (actor === undefined) {
      actor = { epoch: 0, owned: NO_PARTITIONS }
      this.actors.set(name, actor)
    }
    return actor
  }

  /** `flights 0 1, ports 0` */
  text(partitions: Partitions): string {
    return [...partitions]
      .map(([id, ofTopic]) => `${this.topics.byId(id)?.name ?? 'gone'} ${ofTopic.join(' ')}`)
      .toSorted()
      .join(', ')
  }

  partitionsOf(listed: Readonly<Record<string, readonly number[]>>): TopicPartitions[] {
    return Object.entries(listed).map(([name, partitions]) => ({
      topicId: this.topics.byName(name)?.id ?? '',
      partitions,
    }))
  }
}
