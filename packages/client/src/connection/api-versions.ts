import type { Api } from '@pafka/protocol'

import { noSharedVersion } from '../errors/client-errors.ts'

/** An API that a broker offers, as ApiVersions answers it. */
export interface OfferedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/** Which versions a request may have. */
export interface VersionRange {
  readonly min?: number
  readonly max?: number
}

type AnyApi = Pick<Api<never, never>, 'key' | 'name' | 'minVersion' | 'maxVersion'>

/** What one broker speaks. */
export class BrokerVersions {
  readonly #broker: string
  readonly #offered: ReadonlyMap<number, OfferedApi>
  readonly #features: ReadonlyMap<string, number>

  /** @param features those of the cluster, with the level that is in effect */
  constructor(
    broker: string,
    offered: readonly OfferedApi[],
    features: ReadonlyMap<string, number> = new Map(),
  ) {
    this.#broker = broker
    this.#offered = new Map(offered.map((api) => [api.apiKey, api]))
    this.#features = features
  }

  /** Its level, as the broker knew it when the connection was made; 0 where there is none. */
  feature(name: string): number {
    return this.#features.get(name) ?? 0
  }

  /** The newest version that both sides know. @throws {KafkaError} UNSUPPORTED_VERSION */
  pick(api: AnyApi, range: VersionRange = {}): number {
    const version = this.find(api, range)
    if (version !== undefined) return version
    const { min = api.minVersion, max = api.maxVersion } = range
    const context = { broker: this.#broker }
    throw noSharedVersion(api.name, min === max ? `version ${min}` : `${min} to ${max}`, context)
  }

  /** As `pick`, undefined where there is none. */
  find(api: AnyApi, { min = 0, max = Infinity }: VersionRange = {}): number | undefined {
    const offered = this.#offered.get(api.key)
    if (offered === undefined) return undefined
    const version = Math.min(max, api.maxVersion, offered.maxVersion)
    return version < Math.max(min, api.minVersion, offered.minVersion) ? undefined : version
  }
}
