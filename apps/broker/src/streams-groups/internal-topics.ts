import { ErrorCode } from '@pafka/protocol'

import { newTopicConfigs } from '../config/alter-configs.ts'
import type { NewTopic, TopicOutcome } from '../metadata/topic-change.ts'
import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import type { TopicToMake } from './configured-topology.ts'

const MOST_NAMED = 3

/**
 * Makes topics of an application: those between its subtopologies, and changelogs.
 * @returns why some could not be made, each after its name
 */
export async function makeInternalTopics(
  wanted: readonly TopicToMake[],
  { topics }: { readonly topics: Pick<TopicCatalog, 'config' | 'create'> },
): Promise<string | undefined> {
  const failures: string[] = []
  const valid: NewTopic[] = []
  for (const topic of wanted) {
    const { name, partitions, replicationFactor } = topic
    const named = topic.configs.map(({ key, value }) => ({ name: key, value }))
    const configs = newTopicConfigs(named, topics.config)
    if (!('next' in configs)) failures.push(`${name} (${configs.message})`)
    else valid.push({ name, partitions, replicationFactor, assignments: [], configs: configs.next })
  }
  const outcomes = await topics.create(valid)
  for (const [at, outcome] of outcomes.entries()) {
    const { name = '' } = valid[at] ?? {}
    if (!isThere(outcome)) failures.push(`${name} (${outcome.errorMessage})`)
  }
  if (failures.length === 0) return undefined
  const more = failures.length - MOST_NAMED
  const listed = failures.slice(0, MOST_NAMED).join(', ')
  return more > 0 ? `${listed} and ${more} more` : listed
}

/** Another member may have been first. */
function isThere({ errorCode }: TopicOutcome): boolean {
  return errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS
}
