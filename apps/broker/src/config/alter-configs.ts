import { editDistance, nearestName } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import type { BrokerConfig } from './broker-config.ts'
import { brokerKeySpec } from './broker-keys.ts'
import { clientMetricsKeySpec } from './client-metrics-configs.ts'
import { formatConfigValue, parseConfigValue, splitList } from './config-value.ts'
import { type ConfigTexts, type DynamicBrokerConfigs, effectiveConfig } from './dynamic-configs.ts'
import { isForeignKey } from './foreign-keys.ts'
import { groupConfigProblem } from './group-configs.ts'
import { groupKeySpec } from './group-keys.ts'
import { camelCase, type KeySpec } from './key-table.ts'
import { isGuardedKey } from './refused-keys.ts'
import { tierWishProblem } from './tier-wishes.ts'
import { channelProblem, topicConfigValues } from './topic-configs.ts'
import { topicKeyNames, topicKeySpec } from './topic-keys.ts'

/** Codes of IncrementalAlterConfigs. Source: Kafka `AlterConfigOp.OpType`. */
export const ConfigOperation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

/** One change as IncrementalAlterConfigs carries it. */
export interface ConfigChange {
  readonly name: string
  readonly configOperation: number
  readonly value: string | null
}

/** One config as CreateTopics and AlterConfigs carry it. */
export interface NamedConfig {
  readonly name: string
  readonly value: string | null
}

export interface ConfigFailure {
  readonly errorCode: ErrorCode
  readonly message: string
}

/** All texts afterwards, in Kafka's form, or why nothing is changed. */
export type AlterOutcome = { readonly next: ConfigTexts } | ConfigFailure

/** Whose configs are changed. */
export type AlterScope =
  | { readonly kind: 'topic'; readonly config: BrokerConfig }
  | { readonly kind: 'client-metrics' }
  | { readonly kind: 'group'; readonly config: BrokerConfig }
  /** `level` says which texts of `dynamic` the current ones are. */
  | {
      readonly kind: 'broker'
      readonly level: keyof DynamicBrokerConfigs
      readonly config: BrokerConfig
      readonly dynamic: DynamicBrokerConfigs
    }

/** Configs of a topic to be created. @param config in force: `effectiveConfig`. */
export function newTopicConfigs(
  configs: readonly NamedConfig[],
  config: BrokerConfig,
): AlterOutcome {
  return replaceConfigs(configs, { kind: 'topic', config })
}

/** AlterConfigs, the older one: what is not named goes back to its default. */
export function replaceConfigs(configs: readonly NamedConfig[], scope: AlterScope): AlterOutcome {
  const configOperation = ConfigOperation.SET
  const changes = configs.map(({ name, value }) => ({ name, value, configOperation }))
  return alterConfigs(new Map(), changes, scope)
}

/** IncrementalAlterConfigs: all of the changes or none. */
export function alterConfigs(
  current: ConfigTexts,
  changes: readonly ConfigChange[],
  scope: AlterScope,
): AlterOutcome {
  const names = new Set(changes.map(({ name }) => name))
  if (names.size < changes.length) return badRequest('Error due to duplicate config keys')
  const next = new Map(current)
  for (const change of changes) {
    const failure = applyChange(next, change, scope)
    if (failure !== undefined) return failure
  }
  if (scope.kind === 'broker') return checkBroker(next, scope) ?? { next }
  if (scope.kind === 'client-metrics') return { next }
  if (scope.kind === 'group') {
    const problem = groupConfigProblem(next, scope.config)
    return problem === undefined ? { next } : badConfig(problem)
  }
  // what is from before is served as it always was: other configs of its topic may be changed
  const isNew = (name: string): boolean => next.get(name) !== current.get(name)
  const channel = isNew('channel.type') ? channelProblem(next, scope.config) : undefined
  if (channel !== undefined) return badConfig(channel)
  const wish = tierWishProblem(next, scope.config, current)
  if (wish !== undefined) return badConfig(wish)
  return checkTopic(next, scope.config) ?? { next }
}

function applyChange(
  next: Map<string, string>,
  { name, configOperation, value }: ConfigChange,
  scope: AlterScope,
): ConfigFailure | undefined {
  if (configOperation === ConfigOperation.DELETE) {
    next.delete(name)
    return undefined
  }
  if (value === null) return badRequest(`Null value not supported for : ${name}`)
  const spec = specOf(name, scope)
  if (spec === undefined) return unknownName(name, scope)
  if (scope.kind === 'broker' && spec.update === undefined) return notDynamic(name)
  let text = value
  if (configOperation !== ConfigOperation.SET) {
    const isAppend = configOperation === ConfigOperation.APPEND
    if (!isAppend && configOperation !== ConfigOperation.SUBTRACT) {
      return badRequest(`Unknown operation ${configOperation} for : ${name}`)
    }
    if (spec.type !== 'list') {
      const word = isAppend ? 'APPEND' : 'SUBTRACT'
      return badConfig(`Can't ${word} to key ${name} because its type is not LIST.`)
    }
    const before = splitList(next.get(name) ?? inForce(name, scope))
    const named = splitList(value)
    const after = isAppend
      ? new Set([...before, ...named])
      : before.filter((one) => !named.includes(one))
    text = [...after].join(',')
  }
  const parsed = parseConfigValue(name, spec, text)
  if ('problem' in parsed) return invalidValue(parsed.problem, scope)
  const isNumber = typeof parsed.value === 'number' // as written: a long may not fit a double
  next.set(name, isNumber ? text.trim() : (formatConfigValue(parsed.value) ?? ''))
  return undefined
}

function specOf(name: string, scope: AlterScope): KeySpec | undefined {
  if (scope.kind === 'client-metrics') return clientMetricsKeySpec(name)
  if (scope.kind === 'group') return groupKeySpec(name)
  return scope.kind === 'topic' ? topicKeySpec(name) : brokerKeySpec(name)
}

/** What a list starts from when nobody has changed it yet. */
function inForce(name: string, scope: AlterScope): string {
  if (scope.kind === 'client-metrics' || scope.kind === 'group') return ''
  const values = scope.kind === 'topic' ? topicConfigValues(new Map(), scope.config) : scope.config
  const value: unknown = new Map<string, unknown>(Object.entries(values)).get(camelCase(name))
  return Array.isArray(value) ? value.join(',') : ''
}

const THROTTLED = /^(\*|none|(\d+:\d+(,\d+:\d+)*)?)$/
const THROTTLED_FORM =
  "the literal '*' or a list of replicas in the following format: " +
  '[partitionId]:[brokerId],[partitionId]:[brokerId],...'

function checkTopic(next: ConfigTexts, config: BrokerConfig): ConfigFailure | undefined {
  const values = topicConfigValues(next, config)
  const { minCompactionLagMs: least, maxCompactionLagMs: most } = values
  if (least > most) {
    return badConfig(
      `conflict topic config setting min.compaction.lag.ms (${formatConfigValue(least)}) > ` +
        `max.compaction.lag.ms (${formatConfigValue(most)})`,
    )
  }
  if (values.remoteStorageEnable) {
    return badConfig(
      'Tiered Storage functionality is disabled in the broker. ' +
        'Topic cannot be configured with remote log storage.',
    )
  }
  for (const name of topicKeyNames()) {
    if (!name.endsWith('.replication.throttled.replicas')) continue
    const text = next.get(name) ?? ''
    if (THROTTLED.test(text)) continue
    return badConfig(
      `Invalid value [${text}] for configuration ${name}: ${name} must be ${THROTTLED_FORM}`,
    )
  }
  return undefined
}

function checkBroker(
  next: ConfigTexts,
  scope: Extract<AlterScope, { readonly kind: 'broker' }>,
): ConfigFailure | undefined {
  const together = effectiveConfig(scope.config, { ...scope.dynamic, [scope.level]: next })
  const [problem] = together.problems
  return problem === undefined ? undefined : badRequest(problem)
}

function unknownName(name: string, scope: AlterScope): ConfigFailure {
  if (scope.kind === 'topic') {
    const nearest = nearestName(name, topicKeyNames()) ?? ''
    const isNear = 2 * editDistance(name, nearest) <= name.length && name !== ''
    const hint = isNear ? ` (did you mean ${nearest}?)` : ''
    return badConfig(`Unknown topic config name: ${name}${hint}`)
  }
  if (scope.kind === 'client-metrics') {
    return badRequest(`Unknown client metrics configuration: ${name}`)
  }
  if (scope.kind === 'group') return badConfig(`Unknown group config name: ${name}`)
  const isKnown = isForeignKey(name) || isGuardedKey(name)
  return isKnown ? notDynamic(name) : badConfig(`Unknown broker config name: ${name}`)
}

function notDynamic(name: string): ConfigFailure {
  return badRequest(`Cannot update these configs dynamically: [${name}]`)
}

/** Kafka answers a bad value with another code for brokers than for others. */
function invalidValue(message: string, scope: AlterScope): ConfigFailure {
  return scope.kind === 'broker' ? badRequest(message) : badConfig(message)
}

function badConfig(message: string): ConfigFailure {
  return { errorCode: ErrorCode.INVALID_CONFIG, message }
}

function badRequest(message: string): ConfigFailure {
  return { errorCode: ErrorCode.INVALID_REQUEST, message }
}
