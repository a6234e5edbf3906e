import {
  DeleteTopics,
  type DeleteTopicsRequest,
  type DeleteTopicsResponse,
  type DeleteTopicsResponseDeletableTopicResult,
  ErrorCode,
  ZERO_UUID,
} from '@pafka/protocol'

import { repeatedNames } from '../admin/repeated-names.ts'
import {
  refusal,
  refused,
  storageFailure,
  type TopicOutcome,
  type TopicTarget,
} from '../metadata/topic-change.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'
import { muted } from './throttle.ts'

/** Version 5 explains errors, 6 takes topics by id. Source: DeleteTopicsRequest.json. */
export const deleteTopics: RequestHandler = defineHandler(DeleteTopics, [1, 6], answer)

/** Requests name topics by `topics` from this version on, before by `topicNames`. */
const BY_ID_VERSION = 6
/** Clients know THROTTLING_QUOTA_EXCEEDED from this version on (KIP-599). */
const STRICT_QUOTA_VERSION = 5
/** Clients know TOPIC_DELETION_DISABLED from this version on. */
const DISABLED_VERSION = 3

async function answer(
  request: DeleteTopicsRequest,
  { topics: catalog, quotas }: HandlerContext,
  origin: RequestOrigin,
): Promise<DeleteTopicsResponse> {
  const { apiVersion } = origin
  const quota = quotas.mutationPermit(origin, apiVersion >= STRICT_QUOTA_VERSION)
  const targets: TopicTarget[] =
    apiVersion >= BY_ID_VERSION
      ? request.topics.map(({ name, topicId }) => ({
          name,
          id: topicId === ZERO_UUID ? null : topicId,
        }))
      : request.topicNames.map((name) => ({ name, id: null }))
  const nameOf = (target: TopicTarget): string | null =>
    target.name ?? catalog.byId(target.id ?? '')?.name ?? null
  const repeated = repeatedNames(targets.map((target) => nameOf(target) ?? `id ${target.id}`))
  const asked = [...new Map(targets.map((each) => [nameOf(each) ?? `id ${each.id}`, each]))]
  const refusals = asked.map(([key, target]) =>
    catalog.config.deleteTopicEnable ? malformed(target, repeated.has(key)) : disabled(apiVersion),
  )
  const names = asked.map(([, target]) => nameOf(target)) // as they are before the deletion
  const doomed = asked.flatMap(([, target], at) => (refusals[at] === undefined ? [target] : []))
  const deleted = await catalog.delete(doomed, { quota })
  let next = 0
  const responses = asked.map(([, target], at) => {
    const outcome = refusals[at] ?? deleted[next++] ?? storageFailure('nothing was done')
    return result(target, names[at] ?? null, outcome)
  })
  return { throttleTimeMs: muted(origin, quota), responses }
}

function malformed({ name, id }: TopicTarget, isRepeated: boolean): TopicOutcome | undefined {
  const reason =
    name !== null && id !== null
      ? 'A topic is named by its name or by its id, not both.'
      : name === null && id === null
        ? 'A topic is named by its name or by its id; there is neither.'
        : isRepeated
          ? 'The topic is named more than once.'
          : undefined
  return reason === undefined ? undefined : refused(refusal(ErrorCode.INVALID_REQUEST, reason))
}

function disabled(apiVersion: number): TopicOutcome {
  const isKnown = apiVersion >= DISABLED_VERSION
  const errorCode = isKnown ? ErrorCode.TOPIC_DELETION_DISABLED : ErrorCode.INVALID_REQUEST
  return refused(refusal(errorCode, 'Topics cannot be deleted: delete.topic.enable is false.'))
}

function result(
  target: TopicTarget,
  name: string | null,
  { errorCode, errorMessage, topic }: TopicOutcome,
): DeleteTopicsResponseDeletableTopicResult {
  const topicId = topic?.id ?? target.id ?? ZERO_UUID
  return { name: target.name ?? name, topicId, errorCode, errorMessage }
}
