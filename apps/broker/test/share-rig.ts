import type { FileSystem } from '@pafka/log'
import {
  errorName,
  ShareAcknowledge,
  ShareFetch,
  type ShareFetchRequest,
  ShareGroupHeartbeat,
} from '@pafka/protocol'

import type { ConfigSettings } from '../src/config/load-config.ts'
import { settled } from './coordinator-stage.ts'
import { HandlerRig } from './handler-rig.ts'

/** What a member says of a range: offsets and one type for all, or one for each. */
export type Said = readonly [firstOffset: number, lastOffset: number, ...types: readonly number[]]

/** More than what is under way needs to come to its end. */
const TURNS = 20

interface Actor {
  epoch: number
  session: number
  readonly connection: AbortController
}

/** Share groups on a whole broker, played by named members of group `g` on topic `flights`. */
export class ShareRig implements AsyncDisposable {
  rig: HandlerRig
  readonly #settings: ConfigSettings
  readonly #actors = new Map<string, Actor>()

  private constructor(rig: HandlerRig, settings: ConfigSettings) {
    this.rig = rig
    this.#settings = settings
  }

  static async start(settings: ConfigSettings = {}, files?: FileSystem): Promise<ShareRig> {
    const rig = await HandlerRig.start({ settings, ...(files && { files }) })
    startAll(rig)
    return new ShareRig(rig, settings)
  }

  get topicId(): string {
    return this.rig.broker.topics.byName('flights')?.id ?? ''
  }

  async topic(partitions = 1, configs: object = {}): Promise<void> {
    await this.rig.createTopic('flights', { partitions, configs })
  }

  /** One batch of so many records. */
  produce(count: number, partition = 0): Promise<number> {
    const records = Array.from({ length: count }, (_, at) => ({ value: Buffer.from(`v${at}`) }))
    return this.rig.append('flights', records, partition)
  }

  /** Of the group, as an operator would. */
  configure(configs: Readonly<Record<string, string>>, groupId = 'g'): Promise<void> {
    const { groupConfigs } = this.rig.broker
    return groupConfigs.change(groupId, () => new Map(Object.entries(configs)))
  }

  async join(name: string, groupId = 'g'): Promise<string> {
    const answer = await this.rig.ask(ShareGroupHeartbeat, 1, {
      groupId,
      memberId: name,
      memberEpoch: 0,
      rackId: null,
      subscribedTopicNames: ['flights'],
    })
    return errorName(answer.errorCode)
  }

  actor(name: string): Actor {
    let actor = this.#actors.get(name)
    if (actor === undefined) {
      actor = { epoch: 0, session: 0, connection: new AbortController() }
      this.#actors.set(name, actor)
    }
    return actor
  }

  /** @returns what was given out, by partition, and what became of what was said. */
  async fetch(
    name: string,
    more: Partial<ShareFetchRequest> & { said?: readonly Said[]; partitions?: number[] } = {},
  ): Promise<string> {
    const { said = [], partitions = [0], ...fields } = more
    const actor = this.actor(name)
    const topics = partitions.map((partitionIndex) => ({
      partitionIndex,
      acknowledgementBatches: batchesOf(said),
    }))
    const answer = await this.rig.ask(
      ShareFetch,
      2,
      {
        groupId: 'g',
        memberId: name,
        shareSessionEpoch: actor.session,
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 1_000_000,
        maxRecords: 500,
        batchSize: 500,
        shareAcquireMode: 0,
        isRenewAck: false,
        topics: [{ topicId: this.topicId, partitions: topics }],
        forgottenTopicsData: [],
        ...fields,
      },
      { signal: actor.connection.signal },
    )
    if (answer.errorCode !== 0) return errorName(answer.errorCode)
    actor.session += 1
    const parts = answer.responses.flatMap((topic) =>
      topic.partitions.map((one) => {
        const given = one.acquiredRecords.map(
          ({ firstOffset, lastOffset, deliveryCount }) =>
            ` ${firstOffset}-${lastOffset} x${deliveryCount}`,
        )
        const error = one.errorCode === 0 ? '' : ` ${errorName(one.errorCode)}`
        const isSaid = said.length > 0
        const told = isSaid ? ` said ${errorName(one.acknowledgeErrorCode)}` : ''
        const bytes = one.acquiredRecords.length > 0 && one.records.length === 0 ? ' no bytes' : ''
        return `${one.partitionIndex}:${given.join(',')}${error}${told}${bytes}`
      }),
    )
    return parts.join('; ')
  }

  async acknowledge(
    name: string,
    said: readonly Said[],
    { epoch, isRenewAck = false }: { epoch?: number; isRenewAck?: boolean } = {},
  ): Promise<string> {
    const actor = this.actor(name)
    const answer = await this.rig.ask(ShareAcknowledge, 2, {
      groupId: 'g',
      memberId: name,
      shareSessionEpoch: epoch ?? actor.session,
      isRenewAck,
      topics: [
        {
          topicId: this.topicId,
          partitions: [{ partitionIndex: 0, acknowledgementBatches: batchesOf(said) }],
        },
      ],
    })
    if (answer.errorCode !== 0) return errorName(answer.errorCode)
    actor.session += 1
    const [topic] = answer.responses
    return errorName(topic?.partitions[0]?.errorCode ?? 0)
  }

  disconnect(name: string): void {
    this.actor(name).connection.abort()
    this.#actors.delete(name)
  }

  /** Time goes on, and what came of it is written. */
  async pass(byMs: number): Promise<void> {
    this.rig.clock.advance(byMs)
    // oxlint-disable-next-line no-await-in-loop -- a write takes some turns of the event loop
    for (let turn = 0; turn < TURNS; turn += 1) await settled()
  }

  /** Another broker on the same files. */
  async restart(): Promise<void> {
    stopAll(this.rig)
    this.rig = await this.rig.restart({ settings: this.#settings })
    startAll(this.rig)
    this.#actors.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    stopAll(this.rig)
    await this.rig[Symbol.asyncDispose]()
  }
}

function startAll({ broker }: HandlerRig): void {
  broker.groups.start()
  broker.shareStates.start()
}

function stopAll({ broker }: HandlerRig): void {
  broker.groups.stop()
  broker.sharePartitions.stop()
  broker.shareStates.stop()
}

function batchesOf(said: readonly Said[]): {
  firstOffset: number
  lastOffset: number
  acknowledgeTypes: readonly number[]
}[] {
  return said.map(([firstOffset, lastOffset, ...acknowledgeTypes]) => {
    return { firstOffset, lastOffset, acknowledgeTypes }
  })
}
