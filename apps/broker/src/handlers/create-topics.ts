import {
  CreateTopics,
  type CreateTopicsRequest,
  type CreateTopicsRequestCreatableTopic,
  type CreateTopicsResponse,
  type CreateTopicsResponseCreatableTopicConfigs,
  type CreateTopicsResponseCreatableTopicResult,
  ErrorCode,
  ZERO_UUID,
} from '@pafka/protocol'

import { repeatedNames } from '../admin/repeated-names.ts'
import { type AlterOutcome, newTopicConfigs } from '../config/alter-configs.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { TopicConfigDescriber } from '../config/describe-configs.ts'
import { type NewTopic, refusal, refused, type TopicOutcome } from '../metadata/topic-change.ts'
import { topicNameProblem } from '../metadata/topic-name.ts'
import type { TopicConfigs } from '../metadata/topic.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'
import { muted } from './throttle.ts'

/**
 * From version 4 on -1 asks for the broker's defaults, 5 answers what they came to, 7 the topic's
 * id. Source: CreateTopicsRequest.json. The timeout does not count: nobody else must agree.
 */
export const createTopics: RequestHandler = defineHandler(CreateTopics, [2, 7], answer)

/** Clients know THROTTLING_QUOTA_EXCEEDED from this version on (KIP-599). */
const STRICT_QUOTA_VERSION = 6
/** Answers carry the configs from this version on. */
const CONFIGS_VERSION = 5

type Asked = CreateTopicsRequestCreatableTopic
type Checked = { readonly wanted: NewTopic } | { readonly outcome: TopicOutcome }

async function answer(
  request: CreateTopicsRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<CreateTopicsResponse> {
  const { apiVersion } = origin
  const quota = broker.quotas.mutationPermit(origin, apiVersion >= STRICT_QUOTA_VERSION)
  const repeated = repeatedNames(request.topics.map(({ name }) => name))
  const asked = [...new Map(request.topics.map((topic) => [topic.name, topic])).values()]
  const checked = asked.map((topic) => check(topic, broker, repeated))
  const wanted = checked.flatMap((each) => ('wanted' in each ? [each.wanted] : []))
  const { validateOnly } = request
  const created = await broker.topics.create(wanted, { validateOnly, quota })
  const outcomes = new Map(wanted.map(({ name }, at) => [name, created[at]]))
  const configsOf = configsDescriber(broker)
  const topics = checked.map((each, at) => {
    const name = asked[at]?.name ?? ''
    if ('outcome' in each) return result(name, each.outcome, null)
    const outcome = outcomes.get(name) ?? missingOutcome()
    const isTold = apiVersion >= CONFIGS_VERSION && outcome.errorCode === ErrorCode.NONE
    return result(name, outcome, isTold ? configsOf(each.wanted.configs) : null)
  })
  return { throttleTimeMs: muted(origin, quota), topics }
}

/** In Kafka's order: the request, the name, whether there is one already, the configs. */
function check(topic: Asked, { topics }: HandlerContext, repeated: ReadonlySet<string>): Checked {
  const { name, numPartitions, replicationFactor, assignments } = topic
  if (repeated.has(name)) {
    const reason = `Topic '${name}' is named more than once.`
    return { outcome: refused(refusal(ErrorCode.INVALID_REQUEST, reason)) }
  }
  const wanted = { name, partitions: numPartitions, replicationFactor, assignments }
  const altered = checkConfigs(topic, topics.config)
  if ('next' in altered) return { wanted: { ...wanted, configs: altered.next } }
  if (topicNameProblem(name) !== undefined || topics.byName(name) !== undefined) {
    return { wanted: { ...wanted, configs: new Map() } } // the catalog says what is wrong
  }
  return { outcome: refused(refusal(altered.errorCode, altered.message)) }
}

function checkConfigs({ configs }: Asked, config: BrokerConfig): AlterOutcome {
  const unset = configs.find(({ value }) => value === null)
  if (unset === undefined) return newTopicConfigs(configs, config)
  return { errorCode: ErrorCode.INVALID_CONFIG, message: `Config ${unset.name} has no value.` }
}

/** What the topics of a request have in common is described once. */
function configsDescriber({
  config,
  topics,
}: HandlerContext): (own: TopicConfigs) => CreateTopicsResponseCreatableTopicConfigs[] {
  const describer = new TopicConfigDescriber(config, topics.dynamicConfigs())
  const describe = (own: TopicConfigs): CreateTopicsResponseCreatableTopicConfigs[] =>
    describer.describe(own).map(({ name, value, readOnly, configSource, isSensitive }) => ({
      name,
      value,
      readOnly,
      configSource,
      isSensitive,
    }))
  let defaults: CreateTopicsResponseCreatableTopicConfigs[] | undefined
  return (own) => (own.size === 0 ? (defaults ??= describe(own)) : describe(own))
}

function missingOutcome(): TopicOutcome {
  return refused(refusal(ErrorCode.UNKNOWN_SERVER_ERROR, 'The topic was not looked at.'))
}

function result(
  name: string,
  { errorCode, errorMessage, topic, partitionCount }: TopicOutcome,
  configs: CreateTopicsResponseCreatableTopicConfigs[] | null,
): CreateTopicsResponseCreatableTopicResult {
  return {
    name,
    topicId: topic?.id ?? ZERO_UUID,
    errorCode,
    errorMessage,
    numPartitions: partitionCount,
    replicationFactor: errorCode === ErrorCode.NONE ? 1 : -1,
    configs,
  }
}
