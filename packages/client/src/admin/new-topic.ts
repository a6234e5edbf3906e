import type { CreateTopicsRequest } from '@pafka/protocol'

import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { configText, type ConfigValue } from './config-changes.ts'

/** What a new topic is like; what is not said is as the broker has it by default. */
export interface NewTopic extends CallOptions {
  readonly partitions?: number
  readonly replicas?: number
  /** Instead of both: the brokers of each partition, the preferred leader first. */
  readonly assignments?: readonly (readonly number[])[]
  /** By Kafka's dotted names: `{ 'retention.ms': 3_600_000 }`. */
  readonly configs?: Readonly<Record<string, ConfigValue>>
}

/** One of many new ones. */
export interface NamedTopic extends Omit<NewTopic, 'signal'> {
  readonly name: string
}

const BROKERS_DEFAULT = -1

/** Whether nothing is left for the broker to choose. */
export function saysAll({ partitions, replicas, assignments = [] }: NewTopic): boolean {
  return assignments.length > 0 || (partitions !== undefined && replicas !== undefined)
}

export function wireTopic(
  name: string,
  { partitions, replicas, assignments = [], configs = {} }: NewTopic,
): CreateTopicsRequest['topics'][number] {
  return {
    name,
    numPartitions: partitions ?? BROKERS_DEFAULT,
    replicationFactor: replicas ?? BROKERS_DEFAULT,
    assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
    configs: Object.entries(configs).map(([key, value]) => {
      return { name: key, value: configText(value) }
    }),
  }
}

/** @throws {ConfigError} with all that is wrong */
export function checkTopics(topics: readonly NamedTopic[]): void {
  const checks = new Checks()
  for (const { name, partitions, replicas, assignments = [] } of topics) {
    checks.name('topic', name)
    if (partitions !== undefined) checks.number('partitions', partitions, 1)
    if (replicas !== undefined) checks.number('replicas', replicas, 1)
    const isTwice = assignments.length > 0 && (partitions ?? replicas) !== undefined
    checks.check(!isTwice, `${name}: assignments say how many partitions and replicas there are`)
    checkAssignments(assignments, checks)
  }
  const names = new Set(topics.map(({ name }) => name))
  checks.check(names.size === topics.length, 'topics: one is there twice')
  checks.done()
}

export function checkAssignments(
  assignments: readonly (readonly number[])[],
  checks: Checks,
): void {
  for (const brokers of assignments) {
    checks.check(brokers.length > 0, 'assignments: each partition has a broker')
    for (const broker of brokers) checks.number('assignments', broker)
  }
}
