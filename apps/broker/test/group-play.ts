import {
  type Api,
  CreateTopics,
  DescribeGroups,
  FindCoordinator,
  Heartbeat,
  JoinGroup,
  type JoinGroupRequest,
  type JoinGroupResponse,
  LeaveGroup,
  Metadata,
  OffsetCommit,
  OffsetFetch,
  SyncGroup,
  ZERO_UUID,
} from '@pafka/protocol'

import { WireClient } from '../src/try/wire-client.ts'

/** Every group that is played with. */
const GROUPS = ['play', 'nobody', 'new', 'simple', 'static', '']
export const TOPIC = 'group-play'
/** An id that no topic has. */
export const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAEQ'

/** Version 1 of a consumer's subscription to `TOPIC`, as every client sends it. */
const SUBSCRIPTION = Buffer.concat([
  Buffer.from('000100000001000a', 'hex'),
  Buffer.from(TOPIC),
  Buffer.from('ffffffff00000000', 'hex'),
])

export interface Claim {
  readonly groupId?: string
  readonly memberId?: string
  readonly generationId?: number
  readonly groupInstanceId?: string | null
}

/**
 * Plays requests of the group APIs against a broker and keeps the answers as lines that are the
 * same for every broker that answers the same: ids have names, sets are sorted, times are left out.
 */
export class GroupPlay implements Disposable {
  readonly lines: string[] = []
  readonly #bootstrap: string
  readonly #clients = new Map<string, WireClient>()
  readonly #names = new Map<string, string>()
  #topicId = ''

  private constructor(bootstrap: string) {
    this.#bootstrap = bootstrap
  }

  static async open(bootstrap: string): Promise<GroupPlay> {
    const play = new GroupPlay(bootstrap)
    await play.#prepare()
    return play
  }

  get topicId(): string {
    return this.#topicId
  }

  /** @param as the connection; a request that waits must not hold up others. */
  async ask<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    request: Request,
    as = 'a',
  ): Promise<Response> {
    const line = this.lines.push('') - 1 // its place, though others may be answered first
    const client = await this.#client(as)
    const response = await client.send(api, version, request)
    this.lines[line] = `${api.name} ${version}: ${JSON.stringify(this.#plain(response))}`
    return response
  }

  join(more: Partial<JoinGroupRequest> = {}, version = 9, as = 'a'): Promise<JoinGroupResponse> {
    const request = {
      groupId: 'play',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 5000,
      memberId: '',
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: SUBSCRIPTION }],
      reason: null,
      ...more,
    }
    return this.ask(JoinGroup, version, request, as)
  }

  /** @param given assignments by member id */
  async sync(
    claim: Claim,
    given: Readonly<Record<string, string>> = {},
    { version = 5, protocolName = 'range', as = 'a' }: SyncOptions = {},
  ): Promise<void> {
    const assignments = Object.entries(given).map(([memberId, text]) => ({
      memberId,
      assignment: Buffer.from(text),
    }))
    const protocol = { protocolType: 'consumer', protocolName }
    await this.ask(SyncGroup, version, { ...whole(claim), ...protocol, assignments }, as)
  }

  async heartbeat(claim: Claim, version = 4): Promise<void> {
    await this.ask(Heartbeat, version, whole(claim))
  }

  async leave(members: readonly Claim[], version = 5, groupId = 'play'): Promise<void> {
    const leaving = members.map(({ memberId = '', groupInstanceId = null }) => {
      return { memberId, groupInstanceId, reason: null }
    })
    const { memberId = '' } = members[0] ?? {}
    await this.ask(LeaveGroup, version, { groupId, memberId, members: leaving })
  }

  async describe(groups: readonly string[], version = 6, operations = true): Promise<void> {
    const request = { groups, includeAuthorizedOperations: operations }
    await this.ask(DescribeGroups, version, request)
  }

  /** Asks, without a line for it, until the group is in that state. */
  async until(groupId: string, state: string): Promise<void> {
    const client = await this.#client('a')
    const request = { groups: [groupId], includeAuthorizedOperations: false }
    for (let tries = 0; tries < 500; tries += 1) {
      const { groups } = await client.send(DescribeGroups, 5, request)
      if (groups[0]?.groupState === state) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`group ${groupId} never was ${state}`)
  }

  async commit(claim: Claim, version: number, more: Partial<CommitWish> = {}): Promise<void> {
    const { name = TOPIC, topicId = this.#topicId, partitionIndex = 0 } = more
    const { committedOffset = 7, committedMetadata = 'm', retentionTimeMs = -1 } = more
    const { generationId, ...member } = whole(claim)
    const offset = { committedOffset, committedLeaderEpoch: 1, committedMetadata }
    const topics = [{ name, topicId, partitions: [{ partitionIndex, ...offset }] }]
    const generation = { generationIdOrMemberEpoch: generationId }
    await this.ask(OffsetCommit, version, { ...member, ...generation, retentionTimeMs, topics })
  }

  async fetch(groupId: string, version: number, wish: FetchWish = {}): Promise<void> {
    const { name = TOPIC, topicId = this.#topicId, all = false } = wish
    const topics = all ? null : [{ name, topicId, partitionIndexes: [0, 1, 5] }]
    const groups = [{ groupId, memberId: null, memberEpoch: -1, topics }]
    await this.ask(OffsetFetch, version, { groupId, topics, groups, requireStable: false })
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client[Symbol.dispose]()
  }

  async #prepare(): Promise<void> {
    const client = await this.#client('a')
    const topic = { name: TOPIC, numPartitions: 2, replicationFactor: 1 }
    await client.send(CreateTopics, 5, {
      topics: [{ ...topic, assignments: [], configs: [] }],
      timeoutMs: 5000,
      validateOnly: false,
    })
    const found = { key: 'play', keyType: 0, coordinatorKeys: [] }
    for (let tries = 0; tries < 100 && this.#topicId === ''; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, tries === 0 ? 0 : 100))
      const { errorCode } = await client.send(FindCoordinator, 3, found)
      if (errorCode === 0) this.#topicId = await this.#findTopic(client)
      if (!(await this.#isLoaded(client))) this.#topicId = ''
    }
    this.#names.set(this.#topicId, 'the-topic')
  }

  async #findTopic(client: WireClient): Promise<string> {
    const { topics } = await client.send(Metadata, 12, {
      topics: [{ topicId: ZERO_UUID, name: TOPIC }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    })
    const [topic] = topics
    return topic?.partitions.length === 2 ? topic.topicId : ''
  }

  /** A fresh Kafka takes a moment to coordinate. */
  async #isLoaded(client: WireClient): Promise<boolean> {
    const groups = GROUPS.map((groupId) => {
      return { groupId, memberId: null, memberEpoch: -1, topics: null }
    })
    const request = { groupId: '', topics: null, groups, requireStable: false }
    const answered = await client.send(OffsetFetch, 9, request)
    return answered.groups.every(({ errorCode }) => errorCode === 0)
  }

  async #client(as: string): Promise<WireClient> {
    let client = this.#clients.get(as)
    if (client === undefined) {
      client = await WireClient.connect(this.#bootstrap, 'play')
      this.#clients.set(as, client)
    }
    return client
  }

  #plain(value: unknown): unknown {
    if (typeof value === 'string') return this.#named(value)
    if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('latin1')}`
    if (Array.isArray(value)) {
      return value
        .map((each) => this.#plain(each))
        .toSorted((one, other) => {
          return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
        })
    }
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value)
      .filter(([name]) => name !== 'throttleTimeMs')
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
    return Object.fromEntries(fields.map(([name, field]) => [name, this.#plain(field)]))
  }

  /** Member ids are random: they are named by the order in which they appear. */
  #named(text: string): string {
    const known = this.#names.get(text)
    if (known !== undefined || !/^(play|instance-\d)-[\w-]{22,}$/.test(text)) return known ?? text
    const name = `member-${this.#names.size}`
    this.#names.set(text, name)
    return name
  }
}

interface SyncOptions {
  readonly version?: number
  readonly protocolName?: string | null
  readonly as?: string
}

interface CommitWish {
  readonly name: string
  readonly topicId: string
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedMetadata: string | null
  readonly retentionTimeMs: number
}

interface FetchWish {
  readonly name?: string
  readonly topicId?: string
  readonly all?: boolean
}

function whole(claim: Claim): Required<Claim> {
  return { groupId: 'play', memberId: '', generationId: -1, groupInstanceId: null, ...claim }
}
