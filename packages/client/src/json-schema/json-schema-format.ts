import { Ajv, type AnySchema, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'

import type { SchemaFormat, ValueReader, ValueWriter } from '../schema-registry/schema-format.ts'
import type { Schema, WholeSchema } from '../schema-registry/schema.ts'
import { json } from '../serde/json.ts'
import { asWritten } from './as-written.ts'

/** What makes validators: an `Ajv` of your own, with formats and keywords as you like them. */
export interface SchemaValidators {
  compile(schema: AnySchema): ValidateFunction
  addSchema(schema: AnySchema, key?: string): unknown
}

export interface JsonSchemaOptions {
  /**
   * When values are checked: when they are written (the default), when they are read, both. What is
   * checked is what is written: a `Date` is a text, an `undefined` of an array is null, and a class
   * is what its `toJSON` gives. NaN and infinite numbers, for which JSON has but null, are refused.
   * With `none` and `read` values are written as `JSON.stringify` has them.
   */
  readonly validate?: 'write' | 'read' | 'both' | 'none' | undefined
  /** Made anew for each schema; by default one of the draft that the schema names. */
  readonly ajv?: (() => SchemaValidators) | undefined
}

/** JSON whose schema a registry knows. */
export class JsonSchemaFormat<T> implements SchemaFormat<T> {
  readonly type = 'JSON'
  readonly own: Schema | undefined
  readonly #options: JsonSchemaOptions
  readonly #json = json<T>()

  /** @param schema as text; null without one of its own */
  constructor(schema: string | null, options: JsonSchemaOptions) {
    this.own = schema === null ? undefined : { type: this.type, schema }
    this.#options = options
  }

  /** Confluent's clients take the title for the name. */
  nameOf({ schema }: WholeSchema): string | undefined {
    const title = fieldOf(JSON.parse(schema), 'title')
    return typeof title === 'string' ? title : undefined
  }

  writer(schema: WholeSchema): ValueWriter<T> {
    const { validate = 'write' } = this.#options
    const check = ['write', 'both'].includes(validate) ? this.#checkOf(schema) : undefined
    return {
      encode: (value, sink) => {
        if (check === undefined) {
          this.#json.encode(value, sink)
          return
        }
        const written = asWritten(value)
        check(written)
        this.#json.encode(written as T, sink)
      },
    }
  }

  /** Values are checked by this program's schema, where it has one. */
  reader(schema: WholeSchema, own: WholeSchema | undefined): ValueReader<T> {
    const { validate = 'write' } = this.#options
    const check = ['read', 'both'].includes(validate) ? this.#checkOf(own ?? schema) : undefined
    return {
      decode: (bytes) => {
        const value: unknown = JSON.parse(bytes.toString('utf8'))
        check?.(value)
        return value as T
      },
    }
  }

  /** @throws what is wrong with the schema */
  #checkOf({ schema, uses }: WholeSchema): (value: unknown) => void {
    const parsed = JSON.parse(schema) as AnySchema
    const ajv = this.#options.ajv?.() ?? ajvFor(parsed)
    const base = fieldOf(parsed, '$id')
    for (const { name, schema: used } of uses) {
      const parsedUse = JSON.parse(used) as AnySchema
      // by its own id it is found anyway
      const id = fieldOf(parsedUse, '$id')
      const others = [...keysOf(name, base)].filter((key) => key !== id)
      if (others.length === 0) ajv.addSchema(parsedUse)
      for (const key of others) ajv.addSchema(parsedUse, key)
    }
    const validate = ajv.compile(parsed)
    return (value) => {
      if (validate(value)) return
      const [error] = validate.errors ?? []
      const where = error?.instancePath === '' ? 'the value' : (error?.instancePath ?? 'the value')
      throw new TypeError(`${where} ${error?.message ?? 'is not as its schema says'}`)
    }
  }
}

/** By its name as it is, and as it is within a schema of this id. */
function keysOf(name: string, base: unknown): ReadonlySet<string> {
  const within = typeof base === 'string' ? URL.parse(name, base)?.href : undefined
  return new Set(within === undefined ? [name] : [name, within])
}

// Schemas of others have keywords of their own, and formats that nobody here knows: these are left
// out of account, as JSON Schema says. A number is still one: 1e999, which is read as Infinity, is
// none.
const LENIENT = { strict: false, strictNumbers: true, logger: false } as const

/** @throws {TypeError} for a draft that it does not know */
function ajvFor(schema: AnySchema): SchemaValidators {
  const named = fieldOf(schema, '$schema')
  const draft = typeof named === 'string' ? named : ''
  if (draft.includes('/2020-12/')) return new Ajv2020(LENIENT)
  if (draft.includes('/2019-09/')) return new Ajv2019(LENIENT)
  if (draft === '' || draft.includes('/draft-07/')) return new Ajv(LENIENT)
  throw new TypeError(`there is no validator for ${draft}; give one as \`ajv\``)
}

function fieldOf(schema: unknown, name: string): unknown {
  return typeof schema === 'object' && schema !== null ? Reflect.get(schema, name) : undefined
}
