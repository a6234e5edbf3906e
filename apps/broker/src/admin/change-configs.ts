import { StorageError } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import type { AlterOutcome, AlterScope } from '../config/alter-configs.ts'
import { parseClientMatch } from '../config/client-match.ts'
import { clientMetricsValues } from '../config/client-metrics-configs.ts'
import type { ConfigTexts, DynamicBrokerConfigs } from '../config/dynamic-configs.ts'
import type { HandlerContext } from '../handlers/handler-context.ts'
import { topicNameProblem } from '../metadata/topic-name.ts'
import {
  type ConfigResource,
  ConfigResourceType,
  repeatedResources,
  resourceKey,
} from './config-resource.ts'

/** Answer for one resource, as both APIs that alter configs give it. */
export interface ConfigAnswer extends ConfigResource {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

interface Outcome {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

/** Makes the new configs of one resource from its current ones. */
type Alter<Resource> = (resource: Resource, current: ConfigTexts, scope: AlterScope) => AlterOutcome

export interface ConfigChangeRequest<Resource> {
  readonly resources: readonly Resource[]
  readonly validateOnly: boolean
}

/** Each is looked at for every client that asks. */
const MOST_SUBSCRIPTIONS = 1000
const MOST_NAME_LENGTH = 249
/** All of them are in memory, and in each copy of the metadata. */
const MOST_CONFIGURED_GROUPS = 100_000

const DONE: Outcome = { errorCode: ErrorCode.NONE, errorMessage: null }

/** Changes each resource on its own: all of its configs, or none. */
export function changeConfigs<Resource extends ConfigResource>(
  { resources, validateOnly }: ConfigChangeRequest<Resource>,
  broker: HandlerContext,
  alter: Alter<Resource>,
): Promise<ConfigAnswer[]> {
  const repeated = repeatedResources(resources)
  return Promise.all(
    resources.map(async (resource) => {
      const { resourceType, resourceName } = resource
      const outcome = repeated.has(resourceKey(resource))
        ? failure(ErrorCode.INVALID_REQUEST, 'The resource is named more than once.')
        : await changeOne(resource, broker, { alter, validateOnly })
      return { ...outcome, resourceType, resourceName }
    }),
  )
}

interface Change<Resource> {
  readonly alter: Alter<Resource>
  readonly validateOnly: boolean
}

async function changeOne<Resource extends ConfigResource>(
  resource: Resource,
  broker: HandlerContext,
  change: Change<Resource>,
): Promise<Outcome> {
  try {
    switch (resource.resourceType) {
      case ConfigResourceType.TOPIC:
        return await changeTopic(resource, broker, change)
      case ConfigResourceType.BROKER:
        return await changeBroker(resource, broker, change)
      case ConfigResourceType.CLIENT_METRICS:
        return await changeClientMetrics(resource, broker, change)
      case ConfigResourceType.GROUP:
        return await changeGroup(resource, broker, change)
      case ConfigResourceType.BROKER_LOGGER:
        return failure(ErrorCode.INVALID_REQUEST, 'This broker keeps no configs of this kind.')
      default: {
        const reason = `There is no resource type ${resource.resourceType}.`
        return failure(ErrorCode.INVALID_REQUEST, reason)
      }
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return failure(ErrorCode.KAFKA_STORAGE_ERROR, error.message)
  }
}

async function changeTopic<Resource extends ConfigResource>(
  resource: Resource,
  { topics }: HandlerContext,
  { alter, validateOnly }: Change<Resource>,
): Promise<Outcome> {
  const name = resource.resourceName
  let outcome: Outcome = DONE
  const topic = await topics.changeConfigs(name, (current) => {
    const altered = alter(resource, current, { kind: 'topic', config: topics.config })
    if ('next' in altered) return validateOnly ? undefined : altered.next
    outcome = failure(altered.errorCode, altered.message)
    return undefined
  })
  if (topic !== undefined) return outcome
  if (name === '') return failure(ErrorCode.INVALID_REQUEST, 'There is no topic name.')
  const problem = topicNameProblem(name)
  if (problem !== undefined) return failure(ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
  return failure(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `There is no topic '${name}'.`)
}

async function changeBroker<Resource extends ConfigResource>(
  resource: Resource,
  { topics, cluster, config }: HandlerContext,
  { alter, validateOnly }: Change<Resource>,
): Promise<Outcome> {
  const name = resource.resourceName
  const level: keyof DynamicBrokerConfigs = name === '' ? 'cluster' : 'broker'
  if (level === 'broker' && name !== String(cluster.nodeId)) {
    const reason = `The only broker is ${cluster.nodeId}, not '${name}'.`
    return failure(ErrorCode.INVALID_REQUEST, reason)
  }
  let outcome: Outcome = DONE
  await topics.changeBrokerConfigs(level, (current) => {
    const dynamic = topics.dynamicConfigs()
    const altered = alter(resource, current, { kind: 'broker', level, config, dynamic })
    if ('next' in altered) return validateOnly ? undefined : altered.next
    outcome = failure(altered.errorCode, altered.message)
    return undefined
  })
  return outcome
}

async function changeClientMetrics<Resource extends ConfigResource>(
  resource: Resource,
  { clientMetrics }: HandlerContext,
  { alter, validateOnly }: Change<Resource>,
): Promise<Outcome> {
  const name = resource.resourceName
  const problem = clientMetricsNameProblem(name)
  if (problem !== undefined) return failure(ErrorCode.INVALID_REQUEST, problem)
  let outcome: Outcome = DONE
  await clientMetrics.change(name, async (current) => {
    const altered = alter(resource, current, { kind: 'client-metrics' })
    if ('errorCode' in altered) {
      outcome = failure(altered.errorCode, altered.message)
      return undefined
    }
    const { next } = altered
    const match = await parseClientMatch(clientMetricsValues(next).match)
    if ('problem' in match) outcome = failure(ErrorCode.INVALID_CONFIG, match.problem)
    else if (isOneTooMany(name, clientMetrics.all)) {
      const reason = `There can be ${MOST_SUBSCRIPTIONS} subscriptions to metrics.`
      outcome = failure(ErrorCode.POLICY_VIOLATION, reason)
    } else return validateOnly ? undefined : next
    return undefined
  })
  return outcome
}

async function changeGroup<Resource extends ConfigResource>(
  resource: Resource,
  { groupConfigs, topics }: HandlerContext,
  { alter, validateOnly }: Change<Resource>,
): Promise<Outcome> {
  const groupId = resource.resourceName
  if (groupId === '') {
    return failure(ErrorCode.INVALID_REQUEST, 'Default group resources are not allowed.')
  }
  let outcome: Outcome = DONE
  await groupConfigs.change(groupId, (current) => {
    const altered = alter(resource, current, { kind: 'group', config: topics.config })
    if ('errorCode' in altered) outcome = failure(altered.errorCode, altered.message)
    else if (!groupConfigs.has(groupId) && groupConfigs.size >= MOST_CONFIGURED_GROUPS) {
      const reason = `There can be ${MOST_CONFIGURED_GROUPS} groups with configs of their own.`
      outcome = failure(ErrorCode.POLICY_VIOLATION, reason)
    } else return validateOnly ? undefined : altered.next
    return undefined
  })
  return outcome
}

function clientMetricsNameProblem(name: string): string | undefined {
  if (name === '') return "A subscription's name must not be empty."
  if (name.length <= MOST_NAME_LENGTH) return undefined
  return `A subscription's name has at most ${MOST_NAME_LENGTH} characters.`
}

function isOneTooMany(name: string, all: ReadonlyMap<string, ConfigTexts>): boolean {
  return !all.has(name) && all.size >= MOST_SUBSCRIPTIONS
}

function failure(errorCode: ErrorCode, errorMessage: string): Outcome {
  return { errorCode, errorMessage }
}
