import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'

// What programs give need not be as their types say.

/** @throws {KafkaJSNonRetriableError} unless it is a text with something in it */
export function checkName(what: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '') return
  throw new KafkaJSNonRetriableError(`${what}: ${String(name)} is no name`)
}

/** @throws {KafkaJSNonRetriableError} unless it is a list */
export function checkList(what: string, list: unknown): asserts list is unknown[] {
  if (Array.isArray(list)) return
  throw new KafkaJSNonRetriableError(`${what}: a list is needed`)
}

/** @throws {KafkaJSNonRetriableError} unless it is a list with something in it */
export function checkFilledList(what: string, list: unknown): asserts list is unknown[] {
  checkList(what, list)
  if (list.length === 0) throw new KafkaJSNonRetriableError(`${what}: the list is empty`)
}

/** @throws {KafkaJSNonRetriableError} for a topic that comes twice, or has no name */
export function checkTopics(what: string, topics: readonly { readonly topic: unknown }[]): void {
  for (const { topic } of topics) checkName(`${what}: topic`, topic)
  if (new Set(topics.map(({ topic }) => topic)).size === topics.length) return
  throw new KafkaJSNonRetriableError(`${what}: a topic comes twice`)
}

/** @throws {KafkaJSNonRetriableError} unless it is one of `known` */
export function checkOneOf(what: string, value: unknown, known: Readonly<object>): void {
  if (Object.values(known).includes(value)) return
  throw new KafkaJSNonRetriableError(`${what}: there is no ${String(value)}`)
}

/** @throws {KafkaJSNonRetriableError} unless it is a text, or nothing where that may be */
export function checkText(what: string, text: unknown, isOptional: boolean): void {
  if (typeof text === 'string' || (isOptional && text === undefined)) return
  throw new KafkaJSNonRetriableError(`${what}: a text is needed`)
}
