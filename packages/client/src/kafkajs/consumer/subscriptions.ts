import { Metadata } from '@pafka/protocol'

import { metadataFrom } from '../../cluster/cluster-metadata.ts'
import type { ClientSession, Connected } from '../client-session.ts'

/** Versions before 5 say less of partitions than is read here. */
const METADATA_VERSIONS = { min: 5 }

/** The topics of a consumer. */
export class Subscriptions {
  /** Whether to begin with the first record where the group was not before. */
  readonly byTopic: Map<string, { readonly fromBeginning: boolean }> = new Map()
  readonly #session: ClientSession
  readonly #mayCreate: boolean
  readonly #unwatch = new Map<string, () => void>()

  /** @param mayCreate lets the broker create topics that are not there, where it does so */
  constructor(session: ClientSession, mayCreate: boolean) {
    this.#session = session
    this.#mayCreate = mayCreate
  }

  /** Regular expressions are for the topics that there are now. @throws {KafkaJSError} */
  async add(topics: readonly (string | RegExp)[], fromBeginning: boolean): Promise<void> {
    const isAny = topics.some((one) => one instanceof RegExp)
    const known = isAny ? await this.#session.retrying(topicNames) : []
    for (const one of topics) {
      const names = typeof one === 'string' ? [one] : known.filter((name) => one.test(name))
      for (const name of names) this.byTopic.set(name, { fromBeginning })
    }
    await this.watch()
  }

  /** Learns of all of them. @throws {KafkaJSError} of one that is not there */
  async watch(): Promise<void> {
    await this.#session.retrying(async (connected) => {
      await Promise.all([...this.byTopic.keys()].map(async (name) => this.#learn(connected, name)))
    })
  }

  /** The client disconnects. */
  unwatch(): void {
    for (const end of this.#unwatch.values()) end()
    this.#unwatch.clear()
  }

  async #learn({ cluster, options }: Connected, name: string): Promise<void> {
    const { metadata } = cluster
    if (!this.#unwatch.has(name)) this.#unwatch.set(name, metadata.watch(name))
    const deadlineMs = options.clock.monotonicMs() + options.timeoutMs
    await metadata.topic(name, { deadlineMs, mayCreate: this.#mayCreate })
  }
}

async function topicNames({ cluster }: Connected): Promise<string[]> {
  const answer = await cluster.askAny({
    ...{ api: Metadata, versions: METADATA_VERSIONS },
    request: {
      ...{ topics: null, allowAutoTopicCreation: false },
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    },
  })
  return metadataFrom(answer).topics.map(({ name }) => name)
}
