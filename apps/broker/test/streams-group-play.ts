import {
  type Api,
  CreateTopics,
  FindCoordinator,
  StreamsGroupDescribe,
  StreamsGroupHeartbeat,
  type StreamsGroupHeartbeatRequest,
  type StreamsGroupHeartbeatResponse,
} from '@pafka/protocol'

import type { Topology } from '../src/streams-groups/topology.ts'
import { WireClient } from '../src/try/wire-client.ts'
import { aTopology, between } from './topologies.ts'

export const GROUP = 'streams-play'
export const TOPIC = 'streams-topic'
export const OTHER_TOPIC = 'streams-other-topic'
const BETWEEN = 'streams-between'
const CHANGELOG = 'streams-changelog'

type Fields = Partial<StreamsGroupHeartbeatRequest>
type TaskIds = NonNullable<StreamsGroupHeartbeatRequest['activeTasks']>

/** What a member was told last, and says next. */
interface Played {
  memberEpoch: number
  active: TaskIds
  standby: TaskIds
}

/** Keys are made words of, and counted. */
export const COUNT: Topology = aTopology(
  { sourceTopics: [TOPIC], repartitionSinkTopics: [BETWEEN] },
  {
    repartitionSourceTopics: [between(BETWEEN)],
    stateChangelogTopics: [
      {
        name: CHANGELOG,
        partitions: 0,
        replicationFactor: 1,
        topicConfigs: [{ key: 'cleanup.policy', value: 'compact' }],
      },
    ],
  },
)

const NOTHING_SAID = {
  endpointInformationEpoch: 0,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: -1,
  topology: null,
  activeTasks: null,
  standbyTasks: null,
  warmupTasks: null,
  processId: null,
  userEndpoint: null,
  clientTags: null,
  taskOffsets: null,
  taskEndOffsets: null,
  shutdownApplication: false,
}

/**
 * Plays members of streams groups against a broker, and keeps the answers as lines that are the
 * same for every broker that answers the same: lists are sorted, texts of errors left out.
 */
export class StreamsGroupPlay implements Disposable {
  readonly lines: string[] = []
  readonly #client: WireClient
  readonly #members = new Map<string, Played>()

  private constructor(client: WireClient) {
    this.#client = client
  }

  static async open(bootstrap: string): Promise<StreamsGroupPlay> {
    const play = new StreamsGroupPlay(await WireClient.connect(bootstrap, 'play'))
    await play.#prepare()
    return play
  }

  note(text: string): void {
    this.lines.push(`-- ${text}`)
  }

  async ask<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    request: Request,
  ): Promise<Response> {
    const response = await this.#client.send(api, version, request)
    this.lines.push(`${api.name} ${version}: ${JSON.stringify(plain(response))}`)
    return response
  }

  /** Joins as `memberId`, which has nothing. */
  join(memberId: string, more: Fields = {}): Promise<StreamsGroupHeartbeatResponse> {
    this.#members.set(memberId, { memberEpoch: 0, active: [], standby: [] })
    return this.beat(memberId, {
      rebalanceTimeoutMs: 60_000,
      topology: COUNT,
      processId: memberId,
      clientTags: [],
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
      ...more,
    })
  }

  /** Says nothing but that it is there, unless `more` does. */
  async beat(memberId: string, more: Fields = {}): Promise<StreamsGroupHeartbeatResponse> {
    const played = this.#played(memberId)
    const { memberEpoch } = played
    const request = { groupId: GROUP, memberId, memberEpoch, ...NOTHING_SAID, ...more }
    const response = await this.ask(StreamsGroupHeartbeat, 0, request)
    if (response.errorCode !== 0) return response
    played.memberEpoch = response.memberEpoch
    if (response.activeTasks !== null) played.active = response.activeTasks
    if (response.standbyTasks !== null) played.standby = response.standbyTasks
    return response
  }

  /** Says that it has what it was told to have, and no more. */
  acknowledge(memberId: string): Promise<StreamsGroupHeartbeatResponse> {
    const { active, standby } = this.#played(memberId)
    return this.beat(memberId, { activeTasks: active, standbyTasks: standby, warmupTasks: [] })
  }

  /** Goes round until everybody was told the same twice. */
  async settle(...memberIds: readonly string[]): Promise<void> {
    const kept = this.lines.length
    for (let round = 0; round < 6; round += 1) {
      for (const memberId of memberIds) await this.acknowledge(memberId)
    }
    this.lines.length = kept
    for (const memberId of memberIds) await this.acknowledge(memberId)
  }

  epochOf(memberId: string): number {
    return this.#played(memberId).memberEpoch
  }

  async describe(...groupIds: readonly string[]): Promise<void> {
    await this.ask(StreamsGroupDescribe, 0, { groupIds, includeAuthorizedOperations: true })
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]()
  }

  #played(memberId: string): Played {
    const played = this.#members.get(memberId) ?? { memberEpoch: 0, active: [], standby: [] }
    this.#members.set(memberId, played)
    return played
  }

  /** The topics are there, and no group is: Kafka makes internal topics when it has time. */
  async #prepare(): Promise<void> {
    const topics = [
      { name: TOPIC, numPartitions: 2 },
      { name: OTHER_TOPIC, numPartitions: 3 },
    ].map((topic) => ({ ...topic, replicationFactor: 1, assignments: [], configs: [] }))
    await this.#client.send(CreateTopics, 5, { topics, timeoutMs: 5000, validateOnly: false })
    const sought = { key: GROUP, keyType: 0, coordinatorKeys: [] }
    let isReady = false
    for (let tries = 0; tries < 100 && !isReady; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, tries === 0 ? 0 : 100))
      await this.#client.send(FindCoordinator, 3, sought)
      const { errorCode, status } = await this.join('maker', { groupId: 'streams-maker' })
      isReady = errorCode === 0 && status?.length === 0
    }
    this.lines.length = 0
  }
}

/** Sorted in all ways. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .map((each) => plain(each))
      .toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value)
    .filter(([name]) => name !== 'throttleTimeMs' && name !== 'errorMessage')
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(fields.map(([name, field]) => [name, plain(field)]))
}
