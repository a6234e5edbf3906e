import { ErrorCode, errorName } from '@pafka/protocol'

import type { Partitions } from '../src/consumer-groups/partitions.ts'
import type { StreamsHeartbeatAnswer } from '../src/streams-groups/streams-heartbeat.ts'
import type { StreamsHeartbeatRequest } from '../src/streams-groups/streams-heartbeat-request.ts'
import { NO_TASKS, type Tasks } from '../src/streams-groups/tasks.ts'
import type { Topology } from '../src/streams-groups/topology.ts'
import { CoordinatorStage, settled } from './coordinator-stage.ts'
import type { SaidStreamsSettings } from './fake-topics.ts'
import { aTopology, between, changelog } from './topologies.ts'

/** What a member was told last: what it tells of itself next. */
interface Actor {
  epoch: number
  tasks: Tasks
}

type Fields = Partial<StreamsHeartbeatRequest>

/** Lines are split into words, and words counted elsewhere, with a state. */
export const WORD_COUNT: Topology = aTopology(
  { sourceTopics: ['lines'], repartitionSinkTopics: ['words'] },
  { repartitionSourceTopics: [between('words')], stateChangelogTopics: [changelog('counts')] },
)

/**
 * A streams group played by named members, for tests. Whatever they are told becomes a line of the
 * transcript: the epoch, the tasks when they are told them, and what is wrong.
 */
export class StreamsStage extends CoordinatorStage {
  readonly actors: Map<string, Actor> = new Map()
  #lines: string[] = []

  constructor(settings: SaidStreamsSettings = {}) {
    super()
    this.streamsSettings = settings
    this.restart()
  }

  /** All topics that the word count needs. */
  makeTopics(partitions: number): void {
    for (const topic of ['lines', 'words', 'counts']) this.topics.set(topic, partitions)
    this.coordinator.topicsChanged()
  }

  /** What happened since the last call. */
  transcript(): string[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  join(name: string, more: Fields = {}): Promise<void> {
    this.actors.set(name, { epoch: 0, tasks: NO_TASKS })
    return this.beat(name, {
      rebalanceTimeoutMs: 60_000,
      topology: WORD_COUNT,
      processId: name,
      clientTags: [],
      reported: NO_TASKS,
      ...more,
    })
  }

  /** Says that it has the tasks that it was told to have, and no more. */
  acknowledge(name: string, more: Fields = {}): Promise<void> {
    return this.beat(name, { reported: this.actor(name).tasks, ...more })
  }

  async beat(name: string, more: Fields = {}): Promise<void> {
    const actor = this.actor(name)
    const answer = await this.ask(name, more)
    const { errorCode, memberEpoch, tasks, status } = answer
    if (errorCode !== ErrorCode.NONE) {
      this.#lines.push(`${name}: ${errorName(errorCode)}`)
      return
    }
    actor.epoch = memberEpoch
    if (tasks !== null) actor.tasks = tasks
    const told = tasks === null ? '' : ` [${tasksText(tasks)}]`
    const codes = status.map(({ statusCode }) => ` status ${statusCode}`).join('')
    this.#lines.push(`${name}: ${memberEpoch}${told}${codes}`)
  }

  async ask(name: string, more: Fields = {}): Promise<StreamsHeartbeatAnswer> {
    return this.coordinator.streams.heartbeat('g', {
      memberId: name,
      memberEpoch: this.actor(name).epoch,
      endpointEpoch: 0,
      rackId: null,
      clientId: name,
      clientHost: '/127.0.0.1',
      rebalanceTimeoutMs: -1,
      topology: null,
      reported: null,
      processId: null,
      userEndpoint: null,
      clientTags: null,
      shutdownApplication: false,
      ...more,
    })
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
    for (const name of names) {
      this.#lines.push(`${name} has ${tasksText(this.actor(name).tasks)}`)
    }
  }

  async state(): Promise<string> {
    const described = await this.coordinator.streams.describe('g')
    if (typeof described === 'number') return errorName(described)
    const { groupState, groupEpoch, assignmentEpoch, members } = described
    const all = members.map(({ member: { memberId, memberEpoch }, assignment }) => {
      return `${memberId} ${memberEpoch} [${tasksText(assignment)}]`
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
      actor = { epoch: 0, tasks: NO_TASKS }
      this.actors.set(name, actor)
    }
    return actor
  }
}

/** `0:0,1 1:0 ~1:1`: the last is a standby. */
export function tasksText({ active, standby, warmup }: Tasks): string {
  const ofRole = (tasks: Partitions, mark: string): string[] =>
    [...tasks].map(([id, partitions]) => `${mark}${id}:${partitions.join(',')}`).toSorted()
  return [...ofRole(active, ''), ...ofRole(standby, '~'), ...ofRole(warmup, '^')].join(' ')
}
