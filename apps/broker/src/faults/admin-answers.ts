import {
  AlterConfigs,
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  DescribeConfigs,
  type ErrorCode,
  IncrementalAlterConfigs,
  ZERO_UUID,
} from '@pafka/protocol'

import { defineErrorAnswer, type ErrorAnswer, ORDERED_MESSAGE } from './error-answer.ts'

export const createTopicsError: ErrorAnswer = defineErrorAnswer(
  CreateTopics,
  (request, { errorCode }) => {
    if (request.topics.length === 0) return undefined
    const topics = request.topics.map(({ name }) => ({
      name,
      topicId: ZERO_UUID,
      errorCode,
      errorMessage: ORDERED_MESSAGE,
      numPartitions: -1,
      replicationFactor: -1,
      configs: [],
    }))
    return { throttleTimeMs: 0, topics }
  },
)

/** By name up to version 5, by name or id from 6 on. */
export const deleteTopicsError: ErrorAnswer = defineErrorAnswer(
  DeleteTopics,
  ({ topics, topicNames }, { errorCode }) => {
    const named = topicNames.map((name) => ({ name, topicId: ZERO_UUID }))
    const doomed = [...topics, ...named]
    if (doomed.length === 0) return undefined
    const failure = { errorCode, errorMessage: ORDERED_MESSAGE }
    return { throttleTimeMs: 0, responses: doomed.map((topic) => ({ ...topic, ...failure })) }
  },
)

export const createPartitionsError: ErrorAnswer = defineErrorAnswer(
  CreatePartitions,
  ({ topics }, { errorCode }) => {
    if (topics.length === 0) return undefined
    const failure = { errorCode, errorMessage: ORDERED_MESSAGE }
    return { throttleTimeMs: 0, results: topics.map(({ name }) => ({ name, ...failure })) }
  },
)

export const describeConfigsError: ErrorAnswer = defineErrorAnswer(
  DescribeConfigs,
  ({ resources }, { errorCode }) => {
    if (resources.length === 0) return undefined
    const results = failedResources(resources, errorCode).map((each) => ({ ...each, configs: [] }))
    return { throttleTimeMs: 0, results }
  },
)

export const alterConfigsError: ErrorAnswer = defineErrorAnswer(
  AlterConfigs,
  ({ resources }, { errorCode }) => {
    if (resources.length === 0) return undefined
    return { throttleTimeMs: 0, responses: failedResources(resources, errorCode) }
  },
)

export const incrementalAlterConfigsError: ErrorAnswer = defineErrorAnswer(
  IncrementalAlterConfigs,
  ({ resources }, { errorCode }) => {
    if (resources.length === 0) return undefined
    return { throttleTimeMs: 0, responses: failedResources(resources, errorCode) }
  },
)

interface FailedResource {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
  readonly resourceType: number
  readonly resourceName: string
}

function failedResources(
  resources: readonly { readonly resourceType: number; readonly resourceName: string }[],
  errorCode: ErrorCode,
): FailedResource[] {
  return resources.map(({ resourceType, resourceName }) => ({
    errorCode,
    errorMessage: ORDERED_MESSAGE,
    resourceType,
    resourceName,
  }))
}
