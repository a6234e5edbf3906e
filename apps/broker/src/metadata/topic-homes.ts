import type { LogConfig, LogStore } from '@pafka/log'
import { randomUuid } from '@pafka/protocol'

import type { TopicDescription } from './catalog-state.ts'
import type { Refusal } from './topic-change.ts'
import type { PlannedTopic } from './topic-plan.ts'
import type { TopicConfigs } from './topic.ts'

export interface NewPartitions {
  readonly name: string
  /** Partitions that the topic has already. */
  readonly first: number
  readonly config: LogConfig
  readonly count: number
}

/** Ids of log dirs for partitions of one topic after the other. */
export function homesFor(logs: LogStore, topics: readonly NewPartitions[]): string[][] {
  const wishes = topics.flatMap(({ config, count }) => Array<LogConfig>(count).fill(config))
  const places = logs.placesFor(wishes)
  return topics.map(({ name, first, count }) =>
    places.splice(0, count).map((place, at) => logs.moves.takePreferred(name, first + at) ?? place),
  )
}

function newTopic({ topic, partitions }: PlannedTopic, config: LogConfig): NewPartitions {
  return { name: topic.name, first: 0, config, count: partitions }
}

/** Where partitions go is decided before they are made: an empty dir could not tell it later. */
export function withHomes(
  plans: readonly (PlannedTopic | Refusal)[],
  logs: LogStore,
  logConfigOf: (configs: TopicConfigs) => LogConfig,
): (TopicDescription | Refusal)[] {
  const more = plans.flatMap((plan) =>
    'errorCode' in plan ? [] : [newTopic(plan, logConfigOf(plan.topic.configs))],
  )
  const homes = homesFor(logs, more)
  return plans.map((plan) => {
    if ('errorCode' in plan) return plan
    const { topic, partitions } = plan
    const { name, configs } = topic
    const places = homes.shift() ?? []
    return { name, id: randomUuid(), partitions, internal: false, configs, places }
  })
}
