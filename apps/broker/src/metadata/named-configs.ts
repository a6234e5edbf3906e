import { SerialQueue } from '@pafka/base'

import type { ConfigTexts } from '../config/dynamic-configs.ts'
import type { CatalogLog } from './catalog-log.ts'
import type { CatalogState } from './catalog-state.ts'

/** What has configs by a name alone: subscriptions to clients' metrics, and groups. */
export type NamedKind = 'client-metrics-set' | 'group-configs-set'

/** All configs of one kind, as operators named and configured them. Owns the changes. */
export class NamedConfigs {
  readonly #log: CatalogLog
  readonly #kind: NamedKind
  readonly #changes = new SerialQueue()
  #version = 0

  constructor(log: CatalogLog, kind: NamedKind) {
    this.#log = log
    this.#kind = kind
  }

  /** Another after each change. */
  get version(): number {
    return this.#version
  }

  /** By name, in its order; one without configs is none. */
  get all(): ReadonlyMap<string, ConfigTexts> {
    return new Map([...this.#stored].toSorted(([one], [other]) => (one < other ? -1 : 1)))
  }

  get size(): number {
    return this.#stored.size
  }

  has(name: string): boolean {
    return this.#stored.has(name)
  }

  /** The same object until they are changed, undefined without any. */
  stored(name: string): ConfigTexts | undefined {
    return this.#stored.get(name)
  }

  of(name: string): ConfigTexts {
    return this.stored(name) ?? new Map()
  }

  /**
   * Replaces the configs of one name by what `change` makes of them; undefined leaves them.
   * @throws {StorageError} if the change may not be durable.
   */
  change(
    name: string,
    change: (configs: ConfigTexts) => ConfigTexts | undefined | Promise<ConfigTexts | undefined>,
  ): Promise<void> {
    return this.#changes.run(async () => {
      const before = this.of(name)
      const configs = await change(before)
      if (configs === undefined || (configs.size === 0 && before.size === 0)) return
      await this.#log.append([{ kind: this.#kind, name, configs }])
      this.#version += 1
    })
  }

  get #stored(): CatalogState['groupConfigs'] {
    const { clientMetrics, groupConfigs } = this.#log.state
    return this.#kind === 'group-configs-set' ? groupConfigs : clientMetrics
  }
}
