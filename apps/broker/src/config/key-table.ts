/** Kafka's config types; DescribeConfigs reports them by code. */
export type ConfigType =
  | 'boolean'
  | 'string'
  | 'int'
  | 'short'
  | 'long'
  | 'double'
  | 'list'
  | 'class'
  | 'password'

export type Importance = 'high' | 'medium' | 'low'

interface KeyFacts {
  /** For people, Markdown; line breaks and indentation in it do not count. */
  readonly doc: string
  readonly importance: Importance
  /** Who may change it while the broker runs. Absent: nobody, it is read at start only. */
  readonly update?: 'cluster-wide'
  /** Why the default is not the one that Kafka 4.3 has; absent where it is. */
  readonly deviation?: string
  /** Kafka has no such key. */
  readonly own?: true
}

export interface BooleanKey extends KeyFacts {
  readonly type: 'boolean'
  readonly default: boolean
}

export interface NumberKey extends KeyFacts {
  readonly type: 'int' | 'short' | 'long' | 'double'
  /** null: not set, and then another key or the broker decides. */
  readonly default: number | null
  readonly min?: number
  readonly max?: number
  /** One value outside of the range that is allowed too. */
  readonly also?: number
}

export interface StringKey extends KeyFacts {
  readonly type: 'string' | 'class' | 'password'
  readonly default: string | null
  /** All that may be said. */
  readonly values?: readonly string[]
}

export interface ListKey extends KeyFacts {
  readonly type: 'list'
  readonly default: readonly string[] | null
  /** All that an element may be. */
  readonly values?: readonly string[]
}

export type KeySpec = BooleanKey | NumberKey | StringKey | ListKey

/** Dotted name to what is known about it. Tables are plain data: types derive from them. */
export type KeyTable = Readonly<Record<string, KeySpec>>

export type ConfigValue = boolean | number | string | readonly string[] | null

/** `log.retention.ms` becomes `logRetentionMs`. */
export type CamelCase<Name extends string> = Name extends `${infer Head}.${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name

type NumberType = NumberKey['type']

type SetValue<Spec> = Spec extends { readonly type: 'boolean' }
  ? boolean
  : Spec extends { readonly type: NumberType }
    ? number
    : Spec extends { readonly type: 'list' }
      ? readonly (Spec extends { readonly values: readonly (infer One)[] } ? One : string)[]
      : Spec extends { readonly values: readonly (infer One)[] }
        ? One
        : string

type Unset<Spec> = Spec extends { readonly default: null } ? null : never

/** What a table's keys hold once parsed: one camelCase property per key. */
export type ValuesOf<Table> = {
  readonly [Name in keyof Table & string as CamelCase<Name>]:
    | SetValue<Table[Name]>
    | Unset<Table[Name]>
}

const propertyNames = new Map<string, string>()

/** `log.retention.ms` becomes `logRetentionMs`. @param name of a table: results are kept. */
export function camelCase(name: string): string {
  const known = propertyNames.get(name)
  if (known !== undefined) return known
  const property = name.replace(/\.(.)/g, (_, letter: string) => letter.toUpperCase())
  propertyNames.set(name, property)
  return property
}

/** True when every key has a property: an object that was filled key by key then is complete. */
export function hasValuesOf<Table extends KeyTable>(
  table: Table,
  values: object,
): values is ValuesOf<Table> {
  return Object.keys(table).every((name) => camelCase(name) in values)
}

export function isConfigValue(value: unknown): value is ConfigValue {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string')
  return value === null || ['boolean', 'number', 'string'].includes(typeof value)
}
