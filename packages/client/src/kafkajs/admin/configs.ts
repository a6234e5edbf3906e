import { AlterConfigs, DescribeConfigs } from '@pafka/protocol'

import type { Connected } from '../client-session.ts'
import { ConfigResourceTypes, type ConfigSource, ConfigSource as Source } from '../enums.ts'
import { checkAnswer, type Refusal } from './ask.ts'
import { checkFilledList, checkList, checkName, checkOneOf, checkText } from './check-arguments.ts'
import type { DescribeConfigResponse, ResourceConfig, ResourceConfigQuery } from './config-types.ts'

/** Versions before 1 do not say where a value comes from. */
const DESCRIBE_VERSIONS = { min: 1 }

/** What became of the configs of a resource. */
export interface AlteredResource extends Refusal {
  readonly resourceType: number
  readonly resourceName: string
}

export function checkResources(
  resources: readonly { readonly type: number; readonly name: string }[],
): void {
  checkFilledList('resources', resources)
  for (const { type, name } of resources) {
    checkOneOf('resources: type', type, ConfigResourceTypes)
    checkName('resources: name', name)
  }
}

export async function describeConfigs(
  connected: Connected,
  resources: readonly ResourceConfigQuery[],
  includeSynonyms: boolean,
): Promise<DescribeConfigResponse> {
  const answers = await Promise.all(
    byBroker(resources).map(async ([nodeId, own]) =>
      askBroker(connected, nodeId, {
        ...{ api: DescribeConfigs, versions: DESCRIBE_VERSIONS },
        request: {
          resources: own.map(({ type: resourceType, name: resourceName, configNames = null }) => {
            return { resourceType, resourceName, configurationKeys: configNames }
          }),
          ...{ includeSynonyms, includeDocumentation: false },
        },
      }),
    ),
  )
  const results = answers.flatMap((answer) => answer.results)
  for (const result of results) checkAnswer(result, 'DescribeConfigs')
  return {
    resources: results.map((result) => ({
      errorCode: result.errorCode,
      errorMessage: nullAsText(result.errorMessage),
      resourceType: result.resourceType as ConfigResourceTypes,
      resourceName: result.resourceName,
      configEntries: result.configs.map(({ name, value, readOnly, isSensitive, ...from }) => ({
        configName: name,
        configValue: nullAsText(value),
        ...{ readOnly, isDefault: from.configSource === Source.DEFAULT_CONFIG },
        ...{ configSource: from.configSource as ConfigSource, isSensitive },
        configSynonyms: from.synonyms.map(({ name: configName, value: own, source }) => {
          const configSource = source as ConfigSource
          return { configName, configValue: nullAsText(own), configSource }
        }),
      })),
    })),
    throttleTime: Math.max(0, ...answers.map(({ throttleTimeMs }) => throttleTimeMs)),
  }
}

export function checkAlterConfigs(resources: readonly ResourceConfig[]): void {
  checkResources(resources)
  for (const { configEntries } of resources) {
    checkList('configEntries', configEntries)
    for (const { name, value } of configEntries) {
      checkText('configEntries: name', name, false)
      checkText('configEntries: value', value, false)
    }
  }
}

/** What is not named goes back to its default. */
export async function alterConfigs(
  connected: Connected,
  resources: readonly ResourceConfig[],
  validateOnly: boolean,
): Promise<{ resources: AlteredResource[] }> {
  const answers = await Promise.all(
    byBroker(resources).map(async ([nodeId, own]) =>
      askBroker(connected, nodeId, {
        api: AlterConfigs,
        request: {
          resources: own.map(({ type: resourceType, name: resourceName, configEntries }) => {
            return { resourceType, resourceName, configs: configEntries }
          }),
          validateOnly,
        },
      }),
    ),
  )
  const altered = answers.flatMap(({ responses }) => responses)
  for (const answer of altered) checkAnswer(answer, 'AlterConfigs')
  return { resources: altered }
}

/** Brokers are asked about themselves, and the controller about all else. */
function byBroker<Resource extends { readonly type: number; readonly name: string }>(
  resources: readonly Resource[],
): [number | undefined, Resource[]][] {
  const byNode = Map.groupBy(resources, ({ type, name }) => {
    const isBroker =
      type === ConfigResourceTypes.BROKER || type === ConfigResourceTypes.BROKER_LOGGER
    return isBroker ? Number(name) : undefined
  })
  return [...byNode]
}

async function askBroker<Request, Response>(
  { cluster }: Connected,
  nodeId: number | undefined,
  ask: Parameters<typeof cluster.askController<Request, Response>>[0],
): Promise<Response> {
  return nodeId === undefined ? cluster.askController(ask) : cluster.ask(nodeId, ask)
}

/** The types know no null, and programs get it nevertheless. */
function nullAsText(value: string | null): string {
  return value as string
}
