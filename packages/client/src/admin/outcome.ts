import type { KafkaError } from '../errors/kafka-error.ts'

/** What became of many: one does not fail because of another. */
export interface Outcome<T> {
  readonly done: readonly T[]
  /** Of the others, what each is about in its `context`. */
  readonly failed: readonly KafkaError[]
}

/** Of one alone. @throws {KafkaError} why there is nothing */
export function onlyOne<T>({ done, failed }: Outcome<T>): T {
  const [error] = failed
  if (error !== undefined) throw error
  const [one] = done
  return one as T
}

/** Whether many were asked for; they are answered with an `Outcome`. */
export function isMany(given: unknown): given is readonly unknown[] {
  return Array.isArray(given)
}
