import type { Logger } from '@pafka/base'

import type { BrokerConfig } from '../config/broker-config.ts'
import {
  cappedGroupKeys,
  type GroupConfigValues,
  groupConfigValues,
} from '../config/group-configs.ts'
import type { ConfigTexts } from '../config/dynamic-configs.ts'
import type { CatalogLog } from './catalog-log.ts'
import { NamedConfigs } from './named-configs.ts'

/** Configs of groups, of any kind (KIP-848, KIP-932, KIP-1071). A group need not be there. */
export class GroupConfigs extends NamedConfigs {
  readonly #config: BrokerConfig
  /** What is asked for at every heartbeat is read once. */
  readonly #values = new WeakMap<ConfigTexts, GroupConfigValues>()
  readonly #common: GroupConfigValues

  constructor(log: CatalogLog, config: BrokerConfig, logger: Logger) {
    super(log, 'group-configs-set')
    this.#config = config
    this.#common = groupConfigValues(new Map(), config)
    for (const [groupId, texts] of this.all) {
      const keys = cappedGroupKeys(texts, config)
      if (keys.length > 0)
        logger.warn('group-configs-out-of-bounds', { groupId, keys: keys.join(', ') })
    }
  }

  /**
   * What counts for a group now: its own configs within the broker's bounds, else the broker's.
   * Cheap, and never to be kept: the next call may tell others.
   */
  valuesOf(groupId: string): GroupConfigValues {
    const texts = this.stored(groupId)
    if (texts === undefined) return this.#common
    const known = this.#values.get(texts)
    if (known !== undefined) return known
    const values = groupConfigValues(texts, this.#config)
    this.#values.set(texts, values)
    return values
  }
}
