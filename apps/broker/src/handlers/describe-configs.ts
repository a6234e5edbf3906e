import {
  DescribeConfigs,
  type DescribeConfigsRequest,
  type DescribeConfigsRequestDescribeConfigsResource,
  type DescribeConfigsResponse,
  type DescribeConfigsResponseDescribeConfigsResult,
  ErrorCode,
} from '@pafka/protocol'

import { ConfigResourceType } from '../admin/config-resource.ts'
import { brokerVersion } from '../broker-version.ts'
import { describeClientMetrics } from '../config/client-metrics-configs.ts'
import { describeGroup } from '../config/describe-group.ts'
import type { ConfigEntry } from '../config/config-entry.ts'
import {
  describeBrokerConfigs,
  describeClusterConfigs,
  describeVersion,
  TopicConfigDescriber,
} from '../config/describe-configs.ts'
import { type Refusal, refusal } from '../metadata/topic-change.ts'
import { topicNameProblem } from '../metadata/topic-name.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Version 3 adds types and documentation. Source: DescribeConfigsRequest.json. */
export const describeConfigs: RequestHandler = defineHandler(DescribeConfigs, [1, 4], answer)

type Resource = DescribeConfigsRequestDescribeConfigsResource

/** What the topics of one request have in common is worked out once. */
interface Describing {
  readonly broker: HandlerContext
  readonly topicConfigs: TopicConfigDescriber
  /** As the request wants to see an entry. */
  readonly shown: (entry: ConfigEntry) => ConfigEntry
}

function answer(request: DescribeConfigsRequest, broker: HandlerContext): DescribeConfigsResponse {
  const describing: Describing = {
    broker,
    topicConfigs: new TopicConfigDescriber(broker.config, broker.topics.dynamicConfigs()),
    shown: shownTo(request),
  }
  const results = request.resources.map((resource) => {
    const found = entriesOf(resource, describing)
    return 'errorCode' in found ? failed(resource, found) : described(resource, found, describing)
  })
  return { throttleTimeMs: 0, results }
}

function shownTo({
  includeSynonyms,
  includeDocumentation,
}: DescribeConfigsRequest): Describing['shown'] {
  const known = new Map<ConfigEntry, ConfigEntry>()
  return (entry) => {
    let shown = known.get(entry)
    if (shown === undefined) {
      const synonyms = includeSynonyms ? entry.synonyms : []
      shown = {
        ...entry,
        synonyms,
        documentation: includeDocumentation ? entry.documentation : null,
      }
      known.set(entry, shown)
    }
    return shown
  }
}

function entriesOf(
  { resourceType, resourceName }: Resource,
  { broker, topicConfigs }: Describing,
): readonly ConfigEntry[] | Refusal {
  switch (resourceType) {
    case ConfigResourceType.TOPIC:
      return topicEntries(resourceName, broker, topicConfigs)
    case ConfigResourceType.BROKER:
      return brokerEntries(resourceName, broker)
    case ConfigResourceType.BROKER_LOGGER:
      // There is one level for all loggers, which is set at start.
      return wrongBroker(resourceName, broker) ?? []
    case ConfigResourceType.CLIENT_METRICS:
      if (resourceName === '') return refusal(ErrorCode.INVALID_REQUEST, 'There is no name.')
      return describeClientMetrics(broker.clientMetrics.of(resourceName))
    case ConfigResourceType.GROUP:
      if (resourceName === '')
        return refusal(ErrorCode.INVALID_REQUEST, 'Group name must not be empty')
      return groupEntries(resourceName, broker)
    default:
      return refusal(ErrorCode.INVALID_REQUEST, `There is no resource type ${resourceType}.`)
  }
}

function topicEntries(
  name: string,
  { topics }: HandlerContext,
  topicConfigs: TopicConfigDescriber,
): readonly ConfigEntry[] | Refusal {
  const topic = topics.byName(name)
  if (topic !== undefined) return topicConfigs.describe(topic.configs)
  const problem = topicNameProblem(name)
  if (problem !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
  return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `There is no topic '${name}'.`)
}

/** Any group has them, one that is not there, too: they are for when it comes. */
function groupEntries(
  groupId: string,
  { groupConfigs, config, topics }: HandlerContext,
): readonly ConfigEntry[] {
  return describeGroup(groupConfigs.of(groupId), config, topics.dynamicConfigs())
}

function brokerEntries(name: string, broker: HandlerContext): readonly ConfigEntry[] | Refusal {
  const dynamic = broker.topics.dynamicConfigs()
  if (name === '') return describeClusterConfigs(dynamic)
  return (
    wrongBroker(name, broker) ?? [
      ...describeBrokerConfigs(broker.config, dynamic),
      ...describeVersion(brokerVersion()),
    ]
  )
}

function wrongBroker(name: string, { cluster }: HandlerContext): Refusal | undefined {
  if (name === String(cluster.nodeId)) return undefined
  const reason = `The only broker is ${cluster.nodeId}, not '${name}'.`
  return refusal(ErrorCode.INVALID_REQUEST, reason)
}

function described(
  { resourceType, resourceName, configurationKeys }: Resource,
  entries: readonly ConfigEntry[],
  { shown }: Describing,
): DescribeConfigsResponseDescribeConfigsResult {
  const asked = configurationKeys?.length ? new Set(configurationKeys) : undefined // none: all
  const wanted = asked === undefined ? entries : entries.filter(({ name }) => asked.has(name))
  const configs = wanted.map(shown)
  return { errorCode: ErrorCode.NONE, errorMessage: null, resourceType, resourceName, configs }
}

function failed(
  { resourceType, resourceName }: Resource,
  { errorCode, errorMessage }: Refusal,
): DescribeConfigsResponseDescribeConfigsResult {
  return { errorCode, errorMessage, resourceType, resourceName, configs: [] }
}
