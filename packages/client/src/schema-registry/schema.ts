/** As registries name the kinds of schemas that they know. */
export type SchemaType = 'AVRO' | 'PROTOBUF' | 'JSON'

/** Another schema that one uses: in it, it goes by `name`. */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** What is registered. */
export interface Schema {
  readonly type: SchemaType
  readonly schema: string
  readonly references?: readonly SchemaReference[] | undefined
}

/** A schema as a registry knows it. */
export interface KnownSchema extends Schema {
  readonly references: readonly SchemaReference[]
  /** -1 where the registry does not say it. */
  readonly id: number
  /** Newer registries have it beside the id, which is theirs alone. */
  readonly guid: string | undefined
  /** Names of the rules that hold for its values: to encrypt a field, say. */
  readonly rules: readonly string[]
}

/** A schema as a version of a subject. */
export interface SchemaVersion extends KnownSchema {
  readonly subject: string
  readonly version: number
}

/** What came of a registration. */
export interface Registration {
  readonly id: number
  /** Of newer registries. */
  readonly guid: string | undefined
  readonly version: number | undefined
}

/** A schema with all that it uses. */
export interface WholeSchema extends Schema {
  /** Each after those that it uses itself. */
  readonly uses: readonly { readonly name: string; readonly schema: string }[]
}
