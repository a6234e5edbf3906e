import { OffsetFetch, type OffsetFetchResponse } from '@pafka/protocol'

import { GroupCoordinator } from '../../cluster/group-coordinator.ts'
import { GroupOffsets } from '../../consumer/group/group-offsets.ts'
import { EARLIEST, LATEST, listOffsets } from '../../consumer/list-offsets.ts'
import type { Connected } from '../client-session.ts'
import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import { describeGroups } from '../groups/describe-groups.ts'
import type { FetchOffsetsPartition, SeekEntry } from './admin-types.ts'
import { withTopic } from './ask.ts'

const NO_MEMBER = { memberId: '', generationId: -1, instanceId: null }
/** From version 10 on topics go by ids; before 2 nobody can ask for all of them. */
const FETCH_VERSIONS = { min: 2, max: 9 }
/** From here on one request may be about many groups. */
const GROUPS_VERSION = 8
/** States of a group without members. */
const IDLE = ['Empty', 'Dead']

interface GroupTopicOffsets {
  topic: string
  partitions: FetchOffsetsPartition[]
}

/** By partition, in their order: the first record, and the next to come. */
export async function fetchTopicOffsets(
  connected: Connected,
  name: string,
): Promise<(SeekEntry & { high: string; low: string })[]> {
  const [highs, lows] = await Promise.all([
    offsetsAt(connected, name, LATEST),
    offsetsAt(connected, name, EARLIEST),
  ])
  return highs.map((offset, partition) => ({
    ...{ partition, offset: String(offset), high: String(offset) },
    low: String(lows[partition] ?? -1),
  }))
}

/** Where there is no record so new: the next to come. */
export async function fetchTopicOffsetsByTimestamp(
  connected: Connected,
  name: string,
  timestamp: number = LATEST,
): Promise<SeekEntry[]> {
  const [highs, found] = await Promise.all([
    offsetsAt(connected, name, LATEST),
    offsetsAt(connected, name, timestamp),
  ])
  return found.map((offset, partition) => {
    return { partition, offset: String(offset >= 0 ? offset : (highs[partition] ?? -1)) }
  })
}

/** @param topics none for all that the group committed something of */
export async function fetchOffsets(
  connected: Connected,
  groupId: string,
  topics: readonly string[],
): Promise<GroupTopicOffsets[]> {
  const named = await Promise.all(
    topics.map(async (name) => ({
      ...{ name, topicId: '' },
      partitionIndexes: await withTopic(connected, name, async ({ partitions }) => {
        return partitions.map(({ partition }) => partition)
      }),
    })),
  )
  const wanted = named.length === 0 ? null : named
  const coordinator = new GroupCoordinator(connected.cluster, groupId)
  const response = await coordinator.ask({
    ...{ api: OffsetFetch, versions: FETCH_VERSIONS },
    request: (version) => {
      const hasGroups = version >= GROUPS_VERSION
      const group = { groupId, memberId: null, memberEpoch: -1, topics: wanted }
      return {
        ...{ groupId, topics: hasGroups ? null : wanted, groups: hasGroups ? [group] : [] },
        requireStable: false,
      }
    },
  })
  const [answer = response] = response.groups
  coordinator.check(answer.errorCode, { api: 'OffsetFetch' })
  return answer.topics.map(({ name: topic, partitions }) => ({
    topic,
    partitions: partitions.map((one) => {
      const { partitionIndex: partition, errorCode } = one
      coordinator.check(errorCode, { api: 'OffsetFetch', topic, partition })
      return partitionOf(one)
    }),
  }))
}

/**
 * As `fetchOffsets`; what stands for the first record, and for the next to come, is replaced by
 * its offset, and committed so.
 * @throws {KafkaJSNonRetriableError} for such a one while the group has members
 */
export async function resolveOffsets(
  connected: Connected,
  groupId: string,
  topics: readonly string[],
): Promise<GroupTopicOffsets[]> {
  const fetched = await fetchOffsets(connected, groupId, topics)
  return Promise.all(
    fetched.map(async ({ topic, partitions }) => {
      const known = new Map(
        (await fetchTopicOffsets(connected, topic)).map((one) => [one.partition, one]),
      )
      const resolved = partitions.map((one) => {
        const { low = one.offset, high = one.offset } = known.get(one.partition) ?? {}
        if (Number(one.offset) === EARLIEST) return { ...one, offset: low }
        return Number(one.offset) === LATEST ? { ...one, offset: high } : one
      })
      const replaced = resolved.filter((one) => !partitions.includes(one))
      if (replaced.length > 0) {
        await setOffsets(connected, groupId, { topic, partitions: replaced })
      }
      return { topic, partitions: resolved }
    }),
  )
}

/** @throws {KafkaJSNonRetriableError} while the group has members */
export async function setOffsets(
  connected: Connected,
  groupId: string,
  { topic, partitions }: { readonly topic: string; readonly partitions: readonly SeekEntry[] },
): Promise<void> {
  const [group] = await describeGroups(connected, [groupId])
  if (group !== undefined && !IDLE.includes(group.state)) {
    const text = `Group ${groupId} has members, which go on where they are: it is ${group.state}`
    throw new KafkaJSNonRetriableError(text)
  }
  const [highs, lows] = await Promise.all([
    offsetsAt(connected, topic, LATEST),
    offsetsAt(connected, topic, EARLIEST),
  ])
  const offsets = partitions.map(({ partition, offset: given }) => {
    const offset = Number(given)
    if (offset === LATEST) return { topic, partition, offset: highs[partition] ?? 0 }
    return { topic, partition, offset: offset === EARLIEST ? (lows[partition] ?? 0) : offset }
  })
  await new GroupOffsets(connected.cluster, groupId).commit(offsets, NO_MEMBER)
}

export async function resetOffsets(
  connected: Connected,
  groupId: string,
  { topic, earliest }: { readonly topic: string; readonly earliest: boolean },
): Promise<void> {
  const count = await withTopic(connected, topic, async ({ partitions }) => partitions.length)
  const offset = String(earliest ? EARLIEST : LATEST)
  const partitions = Array.from({ length: count }, (_, partition) => ({ partition, offset }))
  await setOffsets(connected, groupId, { topic, partitions })
}

async function offsetsAt(connected: Connected, name: string, timestamp: number): Promise<number[]> {
  return withTopic(connected, name, async ({ partitions }) => {
    const questions = partitions.map(({ partition }) => ({ topic: name, partition, timestamp }))
    const answers = await listOffsets(connected.cluster, questions, false)
    return questions.map((question) => answers.get(question) ?? -1)
  })
}

function partitionOf({
  partitionIndex: partition,
  committedOffset,
  metadata,
}: OffsetFetchResponse['topics'][number]['partitions'][number]): FetchOffsetsPartition {
  return {
    ...{ partition, offset: String(committedOffset) },
    metadata: metadata === null || metadata === '' ? null : metadata,
  }
}
