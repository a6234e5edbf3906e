import {
  DescribeConfigs,
  type DescribeConfigsResponse,
  IncrementalAlterConfigs,
  ListConfigResources,
} from '@pafka/protocol'

import type { KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, askController, type ChangeOptions, checkAnswer } from './admin-call.ts'
import { type Answers, answerOf, askEach, askNodes, askPlace } from './ask-each.ts'
import { changesToWire, checkChanges, type ConfigChanges } from './config-changes.ts'
import {
  brokerOf,
  checkResource,
  CONFIG_KINDS,
  type ConfigKind,
  type ConfigResource,
  fromWire,
  resourceText,
  toWire,
} from './config-resource.ts'
import { namedBrokers } from './each-broker.ts'
import { Enumeration } from './enumeration.ts'
import { isMany, onlyOne, type Outcome } from './outcome.ts'

/** Where a config was set. Kafka's words, in kebab-case. */
export type ConfigSource =
  | 'topic'
  | 'broker'
  | 'all-brokers'
  | 'broker-file'
  | 'default'
  | 'broker-logger'
  | 'client-metrics'
  | 'group'
  | 'unknown'

export type ConfigType =
  | 'boolean'
  | 'string'
  | 'int'
  | 'short'
  | 'long'
  | 'double'
  | 'list'
  | 'class'
  | 'password'
  | 'unknown'

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

export interface ConfigEntry {
  readonly name: string
  /** Null for what is secret. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly type: ConfigType
  readonly isDefault: boolean
  readonly isReadOnly: boolean
  readonly isSensitive: boolean
  /** What would hold instead, the strongest first; empty unless asked for. */
  readonly synonyms: readonly ConfigSynonym[]
  /** Null unless asked for. */
  readonly documentation: string | null
}

/** By name. */
export type ConfigEntries = ReadonlyMap<string, ConfigEntry>

export interface DescribedConfigs {
  readonly of: ConfigResource
  readonly entries: ConfigEntries
}

export interface DescribeConfigsOptions extends CallOptions {
  /** All by default. */
  readonly keys?: readonly string[]
  readonly withSynonyms?: boolean
  readonly withDocumentation?: boolean
}

export interface ConfigAlteration {
  readonly of: ConfigResource
  readonly changes: ConfigChanges
}

/** Source: Kafka `DescribeConfigsResponse.ConfigSource`. */
const SOURCES = new Enumeration<Exclude<ConfigSource, 'unknown'>>({
  ...{ topic: 1, broker: 2, 'all-brokers': 3, 'broker-file': 4, default: 5 },
  ...{ 'broker-logger': 6, 'client-metrics': 7, group: 8 },
})
/** Source: Kafka `DescribeConfigsResponse.ConfigType`. */
const TYPES = new Enumeration<Exclude<ConfigType, 'unknown'>>({
  ...{ boolean: 1, string: 2, int: 3, short: 4, long: 5, double: 6, list: 7, class: 8 },
  ...{ password: 9 },
})
/** Before that there are those of client metrics only. */
const ALL_KINDS_VERSION = 1

type DescribeResult = DescribeConfigsResponse['results'][number]

/** Configs of topics, brokers, their loggers, groups and client metrics. */
export class ConfigAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** @throws {KafkaError} UNKNOWN_TOPIC_OR_PARTITION, ... */
  async describe(of: ConfigResource, options?: DescribeConfigsOptions): Promise<ConfigEntries>
  async describe(
    of: readonly ConfigResource[],
    options?: DescribeConfigsOptions,
  ): Promise<Outcome<DescribedConfigs>>
  async describe(
    of: ConfigResource | readonly ConfigResource[],
    options: DescribeConfigsOptions = {},
  ): Promise<ConfigEntries | Outcome<DescribedConfigs>> {
    if (isMany(of)) return this.#describe(of, options)
    return onlyOne(await this.#describe([of], options)).entries
  }

  /**
   * Changes some configs; the others stay as they are. Of one resource it is all or nothing.
   * @throws {KafkaError} INVALID_CONFIG, ...
   */
  async alter(of: ConfigResource, changes: ConfigChanges, options?: ChangeOptions): Promise<void>
  async alter(
    alterations: readonly ConfigAlteration[],
    options?: ChangeOptions,
  ): Promise<Outcome<ConfigResource>>
  async alter(
    ofOrMany: ConfigResource | readonly ConfigAlteration[],
    changesOrOptions: ConfigChanges | ChangeOptions = {},
    options: ChangeOptions = {},
  ): Promise<void | Outcome<ConfigResource>> {
    if (isMany(ofOrMany)) return this.#alter(ofOrMany, changesOrOptions)
    return this.#alterOne({ of: ofOrMany, changes: changesOrOptions as ConfigChanges }, options)
  }

  /** What has configs of its own: everything that could have, for topics and brokers. */
  async list(
    kinds: readonly ConfigKind[] = CONFIG_KINDS.names,
    options: CallOptions = {},
  ): Promise<ConfigResource[]> {
    const checks = new Checks()
    for (const kind of kinds) checks.oneOf('kind', kind, CONFIG_KINDS.names)
    checks.done()
    const isOld = kinds.every((kind) => kind === 'clientMetrics')
    const resourceTypes = kinds.map((kind) => CONFIG_KINDS.number(kind))
    return askController(
      this.#parts,
      {
        api: ListConfigResources,
        versions: { min: isOld ? 0 : ALL_KINDS_VERSION },
        request: { resourceTypes },
      },
      (answer) => {
        checkAnswer(answer, { api: 'ListConfigResources' })
        return answer.configResources.flatMap((resource) => fromWire(resource) ?? [])
      },
      options,
    )
  }

  async #describe(
    resources: readonly ConfigResource[],
    options: DescribeConfigsOptions,
  ): Promise<Outcome<DescribedConfigs>> {
    const { keys, withSynonyms = false, withDocumentation = false } = options
    checkAll(resources, (checks) => checks.names('key', keys ?? []))
    const ask = async (
      nodeId: number,
      some: readonly ConfigResource[],
    ): Promise<Answers<ConfigResource, DescribedConfigs>> => {
      const { results } = await askPlace(this.#parts, nodeId, {
        api: DescribeConfigs,
        request: {
          resources: some.map((of) => ({ ...toWire(of), configurationKeys: keys ?? null })),
          ...{ includeSynonyms: withSynonyms, includeDocumentation: withDocumentation },
        },
      })
      return bySubject(some, results, 'DescribeConfigs', (of, result) => {
        return { of, entries: entriesOf(result) }
      })
    }
    const attempt = async (
      left: readonly ConfigResource[],
    ): Promise<Answers<ConfigResource, DescribedConfigs>> =>
      askNodes(this.#parts, await namedBrokers(this.#parts, left, brokerOf), ask)
    return askEach(this.#parts, resources, attempt, { ...options, about: aboutResource })
  }

  async #alterOne(alteration: ConfigAlteration, options: ChangeOptions): Promise<void> {
    onlyOne(await this.#alter([alteration], options))
  }

  async #alter(
    alterations: readonly ConfigAlteration[],
    options: ChangeOptions,
  ): Promise<Outcome<ConfigResource>> {
    const changes = new Map(alterations.map((one) => [one.of, one.changes]))
    const resources = alterations.map(({ of }) => of)
    checkAll(resources, (checks) => {
      for (const { changes: own } of alterations) checkChanges(own, checks)
    })
    const ask = async (
      nodeId: number,
      some: readonly ConfigResource[],
    ): Promise<Answers<ConfigResource, ConfigResource>> => {
      const { responses } = await askPlace(this.#parts, nodeId, {
        api: IncrementalAlterConfigs,
        request: {
          resources: some.map((of) => {
            return { ...toWire(of), configs: changesToWire(changes.get(of) ?? {}) }
          }),
          validateOnly: options.dryRun ?? false,
        },
      })
      return bySubject(some, responses, 'IncrementalAlterConfigs', (of) => of)
    }
    const attempt = async (
      left: readonly ConfigResource[],
    ): Promise<Answers<ConfigResource, ConfigResource>> =>
      askNodes(this.#parts, await namedBrokers(this.#parts, left, brokerOf), ask)
    return askEach(this.#parts, resources, attempt, { ...options, about: aboutResource })
  }
}

function aboutResource(of: ConfigResource): KafkaErrorContext {
  return { subject: resourceText(of) }
}

function checkAll(resources: readonly ConfigResource[], more: (checks: Checks) => void): void {
  const checks = new Checks()
  const known = new Set<string>()
  for (const resource of resources) {
    checkResource(resource, checks)
    const text = resourceText(resource)
    checks.check(!known.has(text), `${text}: it is there twice`)
    known.add(text)
  }
  more(checks)
  checks.done()
}

interface ResourceResult {
  readonly resourceType: number
  readonly resourceName: string
  readonly errorCode: number
  readonly errorMessage: string | null
}

function bySubject<Result extends ResourceResult, T>(
  resources: readonly ConfigResource[],
  results: readonly Result[],
  api: string,
  valueOf: (of: ConfigResource, result: Result) => T,
): Answers<ConfigResource, T> {
  return new Map(
    resources.flatMap((of) => {
      const { resourceType, resourceName } = toWire(of)
      const result = results.find(
        (one) => one.resourceType === resourceType && one.resourceName === resourceName,
      )
      if (result === undefined) return []
      const context = { api, subject: resourceText(of) }
      return [[of, answerOf(result, context, valueOf(of, result))] as const]
    }),
  )
}

function entriesOf({ configs }: DescribeResult): ConfigEntries {
  return new Map(
    configs.map(({ name, value, configSource, configType, ...rest }) => {
      const source = SOURCES.name(configSource)
      const entry: ConfigEntry = {
        ...{ name, value, source, type: TYPES.name(configType), isDefault: source === 'default' },
        ...{ isReadOnly: rest.readOnly, isSensitive: rest.isSensitive },
        synonyms: rest.synonyms.map((one) => ({ ...one, source: SOURCES.name(one.source) })),
        // of an older broker there is an empty one
        documentation: rest.documentation === '' ? null : rest.documentation,
      }
      return [name, entry]
    }),
  )
}
