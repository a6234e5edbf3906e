import { SerialQueue } from '@pafka/base'

import type { ConfigTexts } from '../config/dynamic-configs.ts'
import type { CatalogLog } from './catalog-log.ts'

/** Subscriptions to clients' metrics, as operators named and configured them. Owns the changes. */
export class ClientMetricsResources {
  readonly #log: CatalogLog
  readonly #changes = new SerialQueue()
  #version = 0

  constructor(log: CatalogLog) {
    this.#log = log
  }

  /** Another after each change. */
  get version(): number {
    return this.#version
  }

  /** By name, in its order; one without configs is none. */
  get all(): ReadonlyMap<string, ConfigTexts> {
    const { clientMetrics } = this.#log.state
    return new Map([...clientMetrics].toSorted(([one], [other]) => (one < other ? -1 : 1)))
  }

  of(name: string): ConfigTexts {
    return this.#log.state.clientMetrics.get(name) ?? new Map()
  }

  /**
   * Replaces the configs of a subscription by what `change` makes of them; undefined leaves them.
   * @throws {StorageError} if the change may not be durable.
   */
  change(
    name: string,
    change: (configs: ConfigTexts) => Promise<ConfigTexts | undefined>,
  ): Promise<void> {
    return this.#changes.run(async () => {
      const before = this.of(name)
      const configs = await change(before)
      if (configs === undefined || (configs.size === 0 && before.size === 0)) return
      await this.#log.append([{ kind: 'client-metrics-set', name, configs }])
      this.#version += 1
    })
  }
}
