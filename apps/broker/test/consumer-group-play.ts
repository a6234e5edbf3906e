import {
  type Api,
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  CreateTopics,
  FindCoordinator,
  Metadata,
  OffsetFetch,
  ZERO_UUID,
} from '@pafka/protocol'

import { WireClient } from '../src/try/wire-client.ts'

export const GROUP = 'consumer-play'
export const TOPIC = 'consumer-topic'
export const PARTITIONS = 4

/** What a member was told last, and says next. */
interface Played {
  memberEpoch: number
  owned: ConsumerGroupHeartbeatRequest['topicPartitions']
}

type Fields = Partial<ConsumerGroupHeartbeatRequest>

const NOTHING_SAID = {
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: -1,
  subscribedTopicNames: null,
  subscribedTopicRegex: null,
  serverAssignor: null,
}

/**
 * Plays consumers of the new protocol against a broker, and keeps the answers as lines that are
 * the same for every broker that answers the same: ids have names, texts for people are left out.
 */
export class ConsumerGroupPlay implements Disposable {
  readonly lines: string[] = []
  readonly #client: WireClient
  readonly #members = new Map<string, Played>()
  readonly #names = new Map<string, string>()
  topicId = ''

  private constructor(client: WireClient) {
    this.#client = client
  }

  static async open(bootstrap: string): Promise<ConsumerGroupPlay> {
    const play = new ConsumerGroupPlay(await WireClient.connect(bootstrap, 'play'))
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
    this.lines.push(`${api.name} ${version}: ${JSON.stringify(this.#plain(response))}`)
    return response
  }

  /** Joins as `memberId`, which owns nothing. */
  join(memberId: string, more: Fields = {}): Promise<ConsumerGroupHeartbeatResponse> {
    this.#members.set(memberId, { memberEpoch: 0, owned: [] })
    return this.beat(memberId, {
      rebalanceTimeoutMs: 60_000,
      subscribedTopicNames: [TOPIC],
      topicPartitions: [],
      ...more,
    })
  }

  /** Says nothing but that it is there, unless `more` does. */
  async beat(memberId: string, more: Fields = {}): Promise<ConsumerGroupHeartbeatResponse> {
    const played = this.#members.get(memberId) ?? { memberEpoch: 0, owned: [] }
    const request = {
      groupId: GROUP,
      memberId,
      memberEpoch: played.memberEpoch,
      topicPartitions: null,
      ...NOTHING_SAID,
      ...more,
    }
    const response = await this.ask(ConsumerGroupHeartbeat, 1, request)
    if (response.errorCode === 0) {
      played.memberEpoch = response.memberEpoch
      if (response.assignment !== null) played.owned = response.assignment.topicPartitions
      this.#members.set(memberId, played)
    }
    return response
  }

  /** Says that it has what it was told to have, and no more. */
  acknowledge(memberId: string): Promise<ConsumerGroupHeartbeatResponse> {
    return this.beat(memberId, { topicPartitions: this.#members.get(memberId)?.owned ?? [] })
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
    return this.#members.get(memberId)?.memberEpoch ?? 0
  }

  async describe(...groupIds: readonly string[]): Promise<void> {
    const request = { groupIds, includeAuthorizedOperations: true }
    await this.ask(ConsumerGroupDescribe, 1, request)
  }

  name(id: string, name: string): void {
    this.#names.set(id, name)
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]()
  }

  async #prepare(): Promise<void> {
    const topic = { name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1 }
    await this.#client.send(CreateTopics, 5, {
      topics: [{ ...topic, assignments: [], configs: [] }],
      timeoutMs: 5000,
      validateOnly: false,
    })
    for (let tries = 0; tries < 100 && this.topicId === ''; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, tries === 0 ? 0 : 100))
      const sought = { key: GROUP, keyType: 0, coordinatorKeys: [] }
      const { errorCode } = await this.#client.send(FindCoordinator, 3, sought)
      if (errorCode === 0 && (await this.#isLoaded())) this.topicId = await this.#findTopic()
    }
    this.#names.set(this.topicId, 'the-topic')
  }

  async #findTopic(): Promise<string> {
    const { topics } = await this.#client.send(Metadata, 12, {
      topics: [{ topicId: ZERO_UUID, name: TOPIC }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    })
    return topics[0]?.partitions.length === PARTITIONS ? topics[0].topicId : ''
  }

  /** A fresh Kafka takes a moment to coordinate. */
  async #isLoaded(): Promise<boolean> {
    const groups = [{ groupId: GROUP, memberId: null, memberEpoch: -1, topics: null }]
    const request = { groupId: '', topics: null, groups, requireStable: false }
    const answered = await this.#client.send(OffsetFetch, 9, request)
    return answered.groups.every(({ errorCode }) => errorCode === 0)
  }

  #plain(value: unknown): unknown {
    if (typeof value === 'string')
      return this.#names.get(value) ?? (/^[\w-]{22}$/.test(value) ? 'an-id' : value)
    if (value instanceof Uint8Array) {
      return `bytes ${Buffer.from(value).toString('latin1')}`
    }
    if (Array.isArray(value)) {
      return value
        .map((each) => this.#plain(each))
        .toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
    }
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value)
      .filter(([name]) => name !== 'throttleTimeMs' && name !== 'errorMessage')
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
    return Object.fromEntries(fields.map(([name, field]) => [name, this.#plain(field)]))
  }
}
