import { type Clock, ConfigError, type Logger, nearestName } from '@pafka/base'

import type { BrokerConfig } from './config/broker-config.ts'
import { loadConfig } from './config/load-config.ts'
import type { BrokerOptions, StartTopic } from './broker-options.ts'
import { type DataPlace, folderPlace, memoryPlace, temporaryPlace } from './data-place.ts'

/** What `main` starts a broker from: everything decided. */
export interface BrokerSetup {
  readonly config: BrokerConfig
  readonly place: DataPlace
  readonly clock: Clock
  readonly logger: Logger
}

const OPTIONS: readonly (keyof BrokerOptions)[] = [
  'port',
  'host',
  'data',
  'topics',
  'config',
  'clock',
  'logger',
]
const TOPIC_OPTIONS: readonly (keyof StartTopic)[] = ['name', 'partitions', 'configs']

/**
 * What a compiler would have said: tests are often plain JavaScript.
 * @throws {ConfigError} naming every option that is not one, with the nearest that is.
 */
export function checkOptions(options: BrokerOptions): void {
  const problems = unknownNames('options', options, OPTIONS)
  const { topics = [], data } = options
  if (data === '') problems.push('data: names no folder')
  if (Array.isArray(topics)) {
    for (const topic of topics as NonNullable<BrokerOptions['topics']>) {
      if (typeof topic !== 'string') problems.push(...unknownNames('topics', topic, TOPIC_OPTIONS))
    }
  } else problems.push('topics: must be a list')
  if (problems.length > 0) throw new ConfigError(problems)
}

function unknownNames(where: string, given: object, known: readonly string[]): string[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => `${where}: unknown ${name}; did you mean ${nearestName(name, known)}?`)
}

/** What a broker inside a test is configured with: small, quick, and what the test says. */
export function embeddedConfig(options: BrokerOptions): BrokerConfig {
  const host = options.host ?? '127.0.0.1'
  const address = host.includes(':') ? `[${host}]` : host
  const settings = {
    listeners: `PLAINTEXT://${address}:${options.port ?? 0}`,
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.num.partitions': 1,
    ...options.config,
  }
  return loadConfig({ settings }).config
}

/** Where its data lies. */
export function embeddedPlace(options: BrokerOptions, config: BrokerConfig): Promise<DataPlace> {
  if (options.config?.['log.dirs'] !== undefined || config.tiers.length > 0) {
    return Promise.resolve(folderPlace(config.logDirs))
  }
  const { data = 'memory' } = options
  if (data === 'memory') return Promise.resolve(memoryPlace())
  return data === 'temporary' ? temporaryPlace() : Promise.resolve(folderPlace([data]))
}
