import { KafkaError } from '../errors/kafka-error.ts'
import type { SerdePlace } from '../serde/serde.ts'

/**
 * Under which subject a schema stands. `topic`: `orders-value` and `orders-key` (the default).
 * `record`: the name of the schema itself. `topic-record`: `orders-shop.Order`. Or as a function
 * says.
 */
export type SubjectName =
  | 'topic'
  | 'record'
  | 'topic-record'
  | ((place: SerdePlace, schemaName: string | undefined) => string)

/** @throws {KafkaError} SCHEMA_HAS_NO_NAME */
export function subjectOf(
  naming: SubjectName,
  place: SerdePlace,
  schemaName: string | undefined,
): string {
  if (typeof naming === 'function') return naming(place, schemaName)
  if (naming === 'topic') return `${place.topic}-${place.isKey ? 'key' : 'value'}`
  if (schemaName === undefined) {
    const text = `The schema for ${place.topic} has no name, which subjects by ${naming} need.`
    throw new KafkaError('SCHEMA_HAS_NO_NAME', text, {
      ...{ kind: 'config', context: { topic: place.topic } },
    })
  }
  return naming === 'record' ? schemaName : `${place.topic}-${schemaName}`
}
