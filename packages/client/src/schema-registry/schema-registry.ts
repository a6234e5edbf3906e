import type { Clock } from '@pafka/base'

import { unlessAborted } from '../time/sleep.ts'
import {
  fieldOf,
  knownSchemaIn,
  listIn,
  registrationIn,
  schemaVersionIn,
  textIn,
} from './registry-answers.ts'
import { notOfRegistry, SchemaRegistryError } from './registry-error.ts'
import { type RegistryCall, RegistryHttp } from './registry-http.ts'
import { registryOptions, type SchemaRegistryOptions } from './registry-options.ts'
import type { KnownSchema, Registration, Schema, SchemaVersion, WholeSchema } from './schema.ts'
import { SharedCache } from './shared-cache.ts'

/** Schemas that one uses, and those that they use: more are a circle, or nonsense. */
const MOST_USED = 1000

/** What new schemas of a subject must be able to read, or be read by. */
export type Compatibility =
  | 'NONE'
  | 'BACKWARD'
  | 'BACKWARD_TRANSITIVE'
  | 'FORWARD'
  | 'FORWARD_TRANSITIVE'
  | 'FULL'
  | 'FULL_TRANSITIVE'

/** Whether a schema may follow others, and why not. */
export interface CompatibilityReport {
  readonly isCompatible: boolean
  readonly messages: readonly string[]
}

export interface RegistryCallOptions {
  readonly signal?: AbortSignal | undefined
}

export interface RegisterOptions extends RegistryCallOptions {
  /** Lets the registry ignore what makes no difference, as spaces; false by default. */
  readonly normalize?: boolean | undefined
}

/** A number, or the newest one. */
export type VersionName = number | 'latest'

/**
 * A client of a schema registry with Confluent's HTTP interface. What does not change is asked for
 * once. It holds no connection that must be closed.
 */
export class SchemaRegistry {
  /** By which its serdes measure time. */
  readonly clock: Clock
  readonly #http: RegistryHttp
  readonly #registrations: SharedCache<Registration>
  readonly #schemas: SharedCache<KnownSchema>
  readonly #versions: SharedCache<SchemaVersion>

  /**
   * @param options `https://name:password@host:8081`, several with commas, or an object
   * @throws {ConfigError} with all that is wrong
   */
  constructor(options: string | SchemaRegistryOptions) {
    const resolved = registryOptions(options)
    this.clock = resolved.clock
    this.#http = new RegistryHttp(resolved)
    this.#registrations = new SharedCache(resolved.cacheSize)
    this.#schemas = new SharedCache(resolved.cacheSize)
    this.#versions = new SharedCache(resolved.cacheSize)
  }

  /** Makes it the newest version of the subject, unless it is one already. */
  async register(
    subject: string,
    schema: Schema,
    { normalize = false, signal }: RegisterOptions = {},
  ): Promise<Registration> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions?normalize=${normalize}`
    const key = JSON.stringify([path, bodyOf(schema)])
    const registered = this.#registrations.get(key, async () => {
      const answer = await this.#http.call({ method: 'POST', path, body: bodyOf(schema) })
      return registrationIn(answer, `POST ${path}`)
    })
    return unlessAborted(registered, signal)
  }

  /** Which version of the subject it is. @throws {SchemaRegistryError} SCHEMA_NOT_FOUND */
  async lookUp(
    subject: string,
    schema: Schema,
    { normalize = false, signal }: RegisterOptions = {},
  ): Promise<SchemaVersion> {
    const path = `/subjects/${encodeURIComponent(subject)}?normalize=${normalize}`
    const key = JSON.stringify([path, bodyOf(schema)])
    const found = this.#versions.get(key, async () => {
      const answer = await this.#http.call({ method: 'POST', path, body: bodyOf(schema) })
      return schemaVersionIn(answer, `POST ${path}`)
    })
    return unlessAborted(found, signal)
  }

  /**
   * The schema that bytes name before a value.
   * @param id a number, or a GUID. @throws {SchemaRegistryError} SCHEMA_NOT_FOUND
   */
  async schema(id: number | string, { signal }: RegistryCallOptions = {}): Promise<KnownSchema> {
    const path =
      typeof id === 'number' ? `/schemas/ids/${id}` : `/schemas/guids/${encodeURIComponent(id)}`
    const found = this.#schemas.get(path, async () => {
      const answer = await this.#http.call({ method: 'GET', path })
      const known = knownSchemaIn(answer, `GET ${path}`)
      return typeof id === 'number' ? { ...known, id } : { ...known, guid: id }
    })
    return unlessAborted(found, signal)
  }

  /** @throws {SchemaRegistryError} SUBJECT_NOT_FOUND, SCHEMA_VERSION_NOT_FOUND */
  async version(
    subject: string,
    version: VersionName = 'latest',
    { signal }: RegistryCallOptions = {},
  ): Promise<SchemaVersion> {
    // one that was deleted is still used by others
    const query = version === 'latest' ? '' : '?deleted=true'
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}${query}`
    const ask = async (): Promise<SchemaVersion> => {
      return schemaVersionIn(await this.#http.call({ method: 'GET', path }), `GET ${path}`)
    }
    signal?.throwIfAborted()
    const found = version === 'latest' ? ask() : this.#versions.get(path, ask)
    return unlessAborted(found, signal)
  }

  /** With all schemas that it uses. */
  async whole(schema: Schema, options: RegistryCallOptions = {}): Promise<WholeSchema> {
    const uses = new Map<string, string>()
    await this.#addUses(schema, uses, options)
    return { ...schema, uses: [...uses].map(([name, text]) => ({ name, schema: text })) }
  }

  async #addUses(
    schema: Schema,
    uses: Map<string, string>,
    options: RegistryCallOptions,
    under: readonly string[] = [],
  ): Promise<void> {
    for (const { name, subject, version } of schema.references ?? []) {
      if (uses.has(name)) continue
      if (under.includes(name) || uses.size + under.length >= MOST_USED) {
        throw notOfRegistry(`references of ${subject}`, `${name} uses itself, or too many others`)
      }
      // oxlint-disable-next-line no-await-in-loop -- what others use comes before them
      const used = await this.version(subject, version, options)
      // oxlint-disable-next-line no-await-in-loop -- what others use comes before them
      await this.#addUses(used, uses, options, [...under, name])
      uses.set(name, used.schema)
    }
  }

  async subjects(options: RegistryCallOptions = {}): Promise<string[]> {
    const answer = await this.#ask({ method: 'GET', path: '/subjects' }, options)
    return listIn(answer, 'string', 'GET /subjects')
  }

  /** The numbers of its versions. */
  async versions(subject: string, options: RegistryCallOptions = {}): Promise<number[]> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`
    return listIn(await this.#ask({ method: 'GET', path }, options), 'number', `GET ${path}`)
  }

  /**
   * Deletes a subject, or one version of it: ids go on to be known, unless it is `permanent`, which
   * is possible for what was deleted before only.
   */
  async delete(
    subject: string,
    options: RegistryCallOptions & {
      readonly version?: VersionName | undefined
      readonly permanent?: boolean
    } = {},
  ): Promise<void> {
    const { version, permanent = false } = options
    const of = version === undefined ? '' : `/versions/${version}`
    const path = `/subjects/${encodeURIComponent(subject)}${of}?permanent=${permanent}`
    await this.#ask({ method: 'DELETE', path }, options)
    this.#registrations.clear()
    this.#versions.clear()
    this.#schemas.clear()
  }

  /** Whether it may follow a version of the subject, the newest by default. */
  async isCompatible(
    subject: string,
    schema: Schema,
    options: RegistryCallOptions & { readonly version?: VersionName | 'all' | undefined } = {},
  ): Promise<CompatibilityReport> {
    const { version = 'latest' } = options
    const of = version === 'all' ? '' : `/${version}`
    const versions = `/compatibility/subjects/${encodeURIComponent(subject)}/versions${of}`
    const path = `${versions}?verbose=true`
    const answer = await this.#ask({ method: 'POST', path, body: bodyOf(schema) }, options)
    const isCompatible = fieldOf(answer, 'is_compatible')
    if (typeof isCompatible !== 'boolean') throw notOfRegistry(path, 'it has no is_compatible')
    const messages = fieldOf(answer, 'messages') ?? []
    return { isCompatible, messages: listIn(messages, 'string', path) }
  }

  /** Of a subject, or what holds for those that have none of their own. */
  async compatibility(subject?: string, options: RegistryCallOptions = {}): Promise<Compatibility> {
    const path = configPath(subject)
    const answer = await this.#ask({ method: 'GET', path }, options).catch((error: unknown) => {
      // one without its own has what holds for all
      const isInherited =
        subject !== undefined && error instanceof SchemaRegistryError && error.status === 404
      if (isInherited) return this.#ask({ method: 'GET', path: configPath() }, options)
      throw error
    })
    return textIn(answer, 'compatibilityLevel', `GET ${path}`) as Compatibility
  }

  async setCompatibility(
    compatibility: Compatibility,
    options: RegistryCallOptions & { readonly subject?: string | undefined } = {},
  ): Promise<void> {
    const path = configPath(options.subject)
    await this.#ask({ method: 'PUT', path, body: { compatibility } }, options)
  }

  async #ask(call: RegistryCall, { signal }: RegistryCallOptions): Promise<unknown> {
    signal?.throwIfAborted()
    return unlessAborted(this.#http.call(call), signal)
  }
}

function configPath(subject?: string): string {
  return subject === undefined ? '/config' : `/config/${encodeURIComponent(subject)}`
}

/** Registries that know Avro only want no type. */
function bodyOf({ type, schema, references = [] }: Schema): object {
  return {
    schema,
    ...(type === 'AVRO' ? {} : { schemaType: type }),
    ...(references.length === 0 ? {} : { references }),
  }
}
