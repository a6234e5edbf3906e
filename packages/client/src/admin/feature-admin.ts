import { ApiVersions, UpdateFeatures } from '@pafka/protocol'

import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import {
  type AdminParts,
  askAny,
  askController,
  type ChangeOptions,
  checkAnswer,
} from './admin-call.ts'
import { Enumeration } from './enumeration.ts'

/** A feature of the cluster: `metadata.version`, `transaction.version`, ... */
export interface Feature {
  readonly name: string
  /** What the broker that was asked can do; undefined for what it does not know. */
  readonly supported: { readonly min: number; readonly max: number } | undefined
  /** What all do; undefined where it is not in use. */
  readonly level: number | undefined
}

export interface Features {
  /** Grows with each change; undefined where the broker does not say it. */
  readonly epoch: number | undefined
  /** Sorted by name. */
  readonly features: readonly Feature[]
}

export interface UpdateFeaturesOptions extends ChangeOptions {
  /**
   * Which way levels may go: up only, which is the default; down where nothing is lost by it; or
   * down whatever is lost.
   */
  readonly direction?: 'upgrade' | 'safe-downgrade' | 'unsafe-downgrade'
}

/** Source: Kafka `FeatureUpdate.UpgradeType`. */
const DIRECTIONS = new Enumeration<NonNullable<UpdateFeaturesOptions['direction']>>({
  ...{ upgrade: 1, 'safe-downgrade': 2, 'unsafe-downgrade': 3 },
})
const FEATURES_VERSION = 3
/** Before that there are no dry runs, and one way down. */
const DIRECTIONS_VERSION = 1
const MAX_LEVEL = 0x7fff

/** Features that all brokers of a cluster have together. */
export class FeatureAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** @throws {KafkaError} UNSUPPORTED_VERSION, ... */
  async describe(options: CallOptions = {}): Promise<Features> {
    // who asks is known since the connection was made
    const request = { clientSoftwareName: 'pafka-client', clientSoftwareVersion: 'none' }
    const ask = { api: ApiVersions, versions: { min: FEATURES_VERSION }, request }
    return askAny(
      this.#parts,
      ask,
      (answer) => {
        checkAnswer(answer, { api: 'ApiVersions' })
        const levels = new Map(
          (answer.finalizedFeatures ?? []).map(({ name, maxVersionLevel }) => [
            name,
            maxVersionLevel,
          ]),
        )
        const ranges = new Map(
          (answer.supportedFeatures ?? []).map(({ name, minVersion, maxVersion }) => {
            return [name, { min: minVersion, max: maxVersion }]
          }),
        )
        const names = [...new Set([...levels.keys(), ...ranges.keys()])].toSorted()
        const { finalizedFeaturesEpoch: epoch = -1 } = answer
        return {
          epoch: epoch < 0 ? undefined : epoch,
          features: names.map((name) => {
            return { name, supported: ranges.get(name), level: levels.get(name) }
          }),
        }
      },
      options,
    )
  }

  /**
   * All of them, or none.
   * @param levels by name; 0 puts a feature out of use
   * @throws {KafkaError} INVALID_UPDATE_VERSION, FEATURE_UPDATE_FAILED, ...
   */
  async update(
    levels: Readonly<Record<string, number>>,
    options: UpdateFeaturesOptions = {},
  ): Promise<void> {
    const { direction = 'upgrade', dryRun = false } = options
    const checks = new Checks()
    checks.oneOf('direction', direction, DIRECTIONS.names)
    checks.check(Object.keys(levels).length > 0, 'levels: there are none')
    for (const [name, level] of Object.entries(levels)) {
      checks.name('feature', name)
      checks.number(name, level)
      checks.check(level <= MAX_LEVEL, `${name}: ${level} is more than ${MAX_LEVEL}`)
    }
    checks.done()
    const isOld = direction !== 'unsafe-downgrade' && !dryRun
    await askController(
      this.#parts,
      {
        api: UpdateFeatures,
        versions: { min: isOld ? 0 : DIRECTIONS_VERSION },
        request: {
          timeoutMs: this.#parts.options.requestTimeoutMs,
          featureUpdates: Object.entries(levels).map(([feature, maxVersionLevel]) => ({
            ...{ feature, maxVersionLevel, allowDowngrade: direction !== 'upgrade' },
            upgradeType: DIRECTIONS.number(direction),
          })),
          validateOnly: dryRun,
        },
      },
      (answer) => {
        checkAnswer(answer, { api: 'UpdateFeatures' })
        for (const result of answer.results) {
          checkAnswer(result, { api: 'UpdateFeatures', subject: `feature ${result.feature}` })
        }
      },
      options,
    )
  }
}
