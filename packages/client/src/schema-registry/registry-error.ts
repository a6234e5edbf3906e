import { KafkaError, type KafkaErrorKind, type KafkaErrorOptions } from '../errors/kafka-error.ts'

type Meaning = readonly [code: string, kind: KafkaErrorKind]

/** By `error_code`, else by the status. Source: Confluent's API reference, and its clients. */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [40401, ['SUBJECT_NOT_FOUND', 'usage']],
  [40402, ['SCHEMA_VERSION_NOT_FOUND', 'usage']],
  [40403, ['SCHEMA_NOT_FOUND', 'usage']],
  [40404, ['SUBJECT_DELETED', 'usage']],
  [40408, ['COMPATIBILITY_NOT_SET', 'usage']],
  [409, ['INCOMPATIBLE_SCHEMA', 'usage']],
  [40901, ['INCOMPATIBLE_SCHEMA', 'usage']],
  [422, ['INVALID_SCHEMA', 'usage']],
  [42201, ['INVALID_SCHEMA', 'usage']],
  [42202, ['INVALID_SCHEMA_VERSION', 'usage']],
  [42203, ['INVALID_COMPATIBILITY', 'usage']],
  [42205, ['REGISTRY_IS_READ_ONLY', 'config']],
  [42206, ['SCHEMA_IS_REFERENCED', 'usage']],
  [401, ['REGISTRY_AUTHENTICATION_FAILED', 'auth']],
  [403, ['REGISTRY_AUTHORIZATION_FAILED', 'auth']],
  [408, ['REGISTRY_UNAVAILABLE', 'retriable']],
  [429, ['REGISTRY_UNAVAILABLE', 'retriable']],
])
const UNAVAILABLE: Meaning = ['REGISTRY_UNAVAILABLE', 'retriable']
const REFUSED: Meaning = ['REGISTRY_REFUSED', 'config']
const SERVER_FAULT = 500

/** What came from a registry: its own error, or that of something before it. */
export interface RegistryAnswer {
  readonly status: number
  /** `error_code` of the body, where it has one. */
  readonly registryCode: number | undefined
  readonly message: string | undefined
}

type AnswerNumbers = Pick<SchemaRegistryError, 'status' | 'registryCode'>

/** What a schema registry refused, or why none could be asked. */
export class SchemaRegistryError extends KafkaError {
  /** Of HTTP; undefined when nothing was answered. */
  readonly status: number | undefined
  /** The registry's own number: 40403. */
  readonly registryCode: number | undefined

  constructor(
    [code, kind]: Meaning,
    message: string,
    options: Partial<KafkaErrorOptions> & { readonly answer?: AnswerNumbers } = {},
  ) {
    const { answer, ...rest } = options
    super(code, message, { ...rest, kind })
    // the bundler renames a class that names itself
    if (new.target === SchemaRegistryError) this.name = 'SchemaRegistryError'
    this.status = answer?.status
    this.registryCode = answer?.registryCode
  }

  override asNotWritten(topic: string): KafkaError {
    const { code, kind, message, status, registryCode } = this
    return new SchemaRegistryError([code, kind], message, {
      ...{ context: { topic }, outcome: 'not-written', cause: this.cause },
      answer: { status, registryCode },
    })
  }
}

/** @param what method and path of the request */
export function refusedBy(what: string, answer: RegistryAnswer): SchemaRegistryError {
  const { status, registryCode, message } = answer
  const meaning = MEANINGS.get(registryCode ?? status) ?? MEANINGS.get(status)
  const [code, kind] = meaning ?? (status >= SERVER_FAULT ? UNAVAILABLE : REFUSED)
  const number = registryCode === undefined ? '' : `, error code ${registryCode}`
  const text = `${what}: ${message ?? code} (status ${status}${number})`
  return new SchemaRegistryError([code, kind], text, { answer })
}

/** Nothing was answered: the next attempt may find one that does. */
export function registryUnavailable(what: string, cause: unknown): SchemaRegistryError {
  const text = `${what}: the schema registry could not be asked: ${reasonOf(cause)}`
  return new SchemaRegistryError(UNAVAILABLE, text, { cause })
}

/** What was answered is nothing that a registry says. */
export function notOfRegistry(what: string, why: string): SchemaRegistryError {
  return new SchemaRegistryError(REFUSED, `${what}: this is no schema registry: ${why}`)
}

/** Node's fetch says what was wrong in the cause of its error only. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
