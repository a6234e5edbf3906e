import { seededRandom } from '@pafka/base'
import { Broker, type BrokerOptions } from '@pafka/broker'

import { Cluster } from '../src/cluster/cluster.ts'
import { type Admin, Kafka } from '../src/index.ts'
import { resolveOptions } from '../src/options/resolve-options.ts'
import { OTHER_KAFKA } from './stage-broker.ts'

/** Other names than those of runs before this one. */
const RUN = Date.now().toString(36)

export interface AdminStage extends AsyncDisposable {
  readonly kafka: Kafka
  readonly admin: Admin
  /** For what this client has no calls for. */
  readonly cluster: Cluster
  /** A name that nobody else uses. */
  name(what: string): string
  /** @returns its name */
  newTopic(what: string, partitions?: number): Promise<string>
  /** One after the other, to one partition. */
  send(topic: string, values: readonly string[], partition?: number): Promise<void>
}

let stages = 0

export async function startAdmin(options: BrokerOptions = {}): Promise<AdminStage> {
  const broker = OTHER_KAFKA === undefined ? await Broker.start(options) : undefined
  const bootstrap = OTHER_KAFKA ?? broker?.bootstrap ?? ''
  const kafka = new Kafka(bootstrap)
  const cluster = new Cluster({
    ...{ ...resolveOptions(bootstrap), softwareVersion: 'none', random: seededRandom(1) },
  })
  const admin = kafka.admin()
  stages += 1
  const stage = stages
  const name = (what: string): string => `${what}-${RUN}-${process.pid}-${stage}`
  return {
    ...{ kafka, admin, cluster, name },
    newTopic: async (what, partitions = 1) => {
      await admin.topics.create(name(what), { partitions })
      return name(what)
    },
    send: async (topic, values, partition = 0) => {
      await using producer = kafka.producer()
      for (const value of values) await producer.send(topic, { partition, value })
    },
    async [Symbol.asyncDispose]() {
      cluster.close()
      await kafka.close()
      await broker?.[Symbol.asyncDispose]()
    },
  }
}
