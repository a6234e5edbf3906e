import type { ConfigType } from './key-table.ts'

/** Where a value is from, as DescribeConfigs says it. Source: Kafka `DescribeConfigsResponse`. */
export const ConfigSource = {
  DYNAMIC_TOPIC: 1,
  DYNAMIC_BROKER: 2,
  DYNAMIC_DEFAULT_BROKER: 3,
  STATIC_BROKER: 4,
  DEFAULT: 5,
  DYNAMIC_CLIENT_METRICS: 7,
  DYNAMIC_GROUP: 8,
} as const

export type ConfigSource = (typeof ConfigSource)[keyof typeof ConfigSource]

export interface ConfigSynonym {
  readonly name: string
  /** null when the key is secret. */
  readonly value: string | null
  readonly source: ConfigSource
}

/** One config as DescribeConfigs answers it; `synonyms` only if they were asked for. */
export interface ConfigEntry {
  readonly name: string
  /** null when not set, or secret. */
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: ConfigSource
  readonly isSensitive: boolean
  /** The first is in force, each next one would be without those before it. */
  readonly synonyms: readonly ConfigSynonym[]
  readonly configType: number
  /** null when nobody asked for it. */
  readonly documentation: string | null
}

const TYPE_CODES: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
}

/** Code of a type in DescribeConfigs. Source: Kafka `DescribeConfigsResponse.ConfigType`. */
export function configTypeCode(type: ConfigType): number {
  return TYPE_CODES[type]
}

/** A doc of the tables as one line. */
export function plainDoc(doc: string): string {
  return doc.replace(/\s+/g, ' ').trim()
}
