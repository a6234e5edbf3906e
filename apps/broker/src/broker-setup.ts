import type { Clock, Logger } from '@pafka/base'

import type { BrokerConfig } from './config/broker-config.ts'
import { loadConfig } from './config/load-config.ts'
import type { BrokerOptions } from './broker-options.ts'
import { type DataPlace, folderPlace, memoryPlace, temporaryPlace } from './data-place.ts'

/** What `main` starts a broker from: everything decided. */
export interface BrokerSetup {
  readonly config: BrokerConfig
  readonly place: DataPlace
  readonly clock: Clock
  readonly logger: Logger
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
  if (options.config?.['log.dirs'] !== undefined) {
    return Promise.resolve(folderPlace(config.logDirs))
  }
  const { data = 'memory' } = options
  if (data === 'memory') return Promise.resolve(memoryPlace())
  return data === 'temporary' ? temporaryPlace() : Promise.resolve(folderPlace([data]))
}
