import { SerialQueue } from '@pafka/base'

import type { CatalogLog } from './catalog-log.ts'
import { type Feature, features } from './feature-table.ts'
import { type FeatureUpdate, featureUpdateProblem } from './feature-update.ts'

const featuresByName: ReadonlyMap<string, Feature> = new Map(
  features.map((feature) => [feature.name, feature]),
)

/** A feature that is in force, as ApiVersions names it: one that is at 0 is not. */
export interface FinalizedFeature {
  readonly name: string
  readonly level: number
}

/** The levels that the features of this cluster are at. The only one who changes them. */
export class FeatureLevels {
  readonly #log: CatalogLog
  readonly #changes = new SerialQueue()
  #finalized: readonly FinalizedFeature[] = []
  /** What `#finalized` was made of. */
  #known: ReadonlyMap<string, number> | undefined

  constructor(log: CatalogLog) {
    this.#log = log
  }

  /** Grows with every change of metadata: clients take no older answer for a newer one. */
  get epoch(): number {
    return this.#log.sequence
  }

  /** Sorted by name. Never of another change than `epoch` in the same turn. */
  get finalized(): readonly FinalizedFeature[] {
    const { featureLevels } = this.#log.state
    if (this.#known !== featureLevels) {
      this.#known = featureLevels
      this.#finalized = this.#inForce()
    }
    return this.#finalized
  }

  /** What was changed, as far as this broker can do it; else the highest that it does. */
  of(name: string): number {
    const feature = featuresByName.get(name)
    if (feature === undefined) return 0
    const changed = this.#log.state.featureLevels.get(name) ?? feature.level
    return Math.max(feature.minLevel, Math.min(feature.level, changed))
  }

  /**
   * Changes all of them or none; durable before it ends. Of a feature named twice the last counts.
   * @returns why none was changed, if none was. @throws {StorageError}
   */
  update(
    updates: readonly FeatureUpdate[],
    { validateOnly }: { readonly validateOnly: boolean },
  ): Promise<string | undefined> {
    return this.#changes.run(async () => {
      const wanted = new Map(updates.map((update) => [update.name, update]))
      for (const [name, update] of wanted) {
        const problem = featureUpdateProblem(update, featuresByName.get(name), this.of(name))
        if (problem !== undefined) return `${name} cannot be set to ${update.level}: ${problem}`
      }
      const changed = [...wanted.values()].filter(({ name, level }) => level !== this.of(name))
      if (validateOnly || changed.length === 0) return undefined
      const levels = new Map(this.#log.state.featureLevels)
      for (const { name, level } of changed) levels.set(name, level)
      await this.#log.append([{ kind: 'feature-levels-set', levels }])
      return undefined
    })
  }

  #inForce(): FinalizedFeature[] {
    return features
      .map(({ name }) => ({ name, level: this.of(name) }))
      .filter(({ level }) => level > 0)
  }
}
