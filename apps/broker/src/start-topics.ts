import { ConfigError, PafkaError } from '@pafka/base'
import { errorName } from '@pafka/protocol'

import type { StartTopic } from './broker-options.ts'
import { newTopicConfigs } from './config/alter-configs.ts'
import type { TopicCatalog } from './metadata/topic-catalog.ts'
import type { NewTopic } from './metadata/topic-change.ts'

/**
 * Makes the topics that a broker is to have from the start. One that is there already, in a folder
 * that stays, is left as it is.
 * @throws {ConfigError} with everything that is wrong with them; then none is made. {PafkaError}
 *   with Kafka's name of the error when a disk fails.
 */
export async function createStartTopics(
  topics: readonly (string | StartTopic)[],
  catalog: TopicCatalog,
): Promise<void> {
  const planned = topics.map((topic) => plan(topic, catalog))
  const problems = planned.flatMap((each) => ('problem' in each ? [each.problem] : []))
  const wanted = planned.flatMap((each) =>
    'problem' in each || catalog.byName(each.wanted.name) !== undefined ? [] : [each.wanted],
  )
  const tried = await catalog.create(wanted, { validateOnly: true })
  for (const { errorMessage } of tried) if (errorMessage !== null) problems.push(errorMessage)
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `topics: ${problem}`))
  for (const { topic, errorCode, errorMessage } of await catalog.create(wanted)) {
    if (topic === null) throw new PafkaError(errorName(errorCode), errorMessage ?? 'no topic')
  }
}

type Plan = { readonly wanted: NewTopic } | { readonly problem: string }

function plan(topic: string | StartTopic, catalog: TopicCatalog): Plan {
  const { name, partitions, configs = {} } = typeof topic === 'string' ? { name: topic } : topic
  if (partitions !== undefined && (!Number.isInteger(partitions) || partitions < 1)) {
    return { problem: `'${name}' cannot have ${partitions} partitions` }
  }
  const texts = Object.entries(configs).map(([key, value]) => ({ name: key, value: String(value) }))
  const altered = newTopicConfigs(texts, catalog.config)
  if (!('next' in altered)) return { problem: `'${name}': ${altered.message}` }
  const counted = { partitions: partitions ?? -1, replicationFactor: -1, assignments: [] }
  return { wanted: { name, ...counted, configs: altered.next } }
}
