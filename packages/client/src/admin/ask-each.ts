import { ErrorCode } from '@pafka/protocol'

import type { Ask } from '../cluster/cluster.ts'
import { brokerError } from '../errors/broker-error.ts'
import { isRetriableError, KafkaError, type KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { retrying } from '../time/retrying.ts'
import { unlessAborted } from '../time/sleep.ts'
import type { AdminParts, Refusal } from './admin-call.ts'
import type { Outcome } from './outcome.ts'

/** What was said of each, or why nothing was. */
export type Answers<Item, T> = ReadonlyMap<Item, T | KafkaError>

export interface EachOptions<Item> extends CallOptions {
  /** For the errors of those whom a request failed for. */
  readonly about: (item: Item) => KafkaErrorContext
}

/**
 * Asks about many, and once more about those that may fare better then, until time is up.
 * @param attempt about those that are left; `isAgain` when an attempt before it may have been done
 *   without an answer. A KafkaError that it throws is about all of them.
 */
export async function askEach<Item, T>(
  { cluster, options, random }: AdminParts,
  items: readonly Item[],
  attempt: (left: readonly Item[], isAgain: boolean) => Promise<Answers<Item, T>>,
  { signal, about }: EachOptions<Item>,
): Promise<Outcome<T>> {
  const { clock, timeoutMs } = options
  const answers = new Map<Item, T | KafkaError>()
  const deadlineMs = clock.monotonicMs() + timeoutMs
  let left: readonly Item[] = [...new Set(items)]
  let isAgain = false
  let failure: unknown
  const once = async (): Promise<void> => {
    if (left.length === 0) return
    const said = await allOrEach(left, unlessAborted(attempt(left, isAgain), signal))
    isAgain = true
    for (const item of left) answers.set(item, said.get(item) ?? nothingSaid())
    left = left.filter((item) => isRetriableError(answers.get(item)))
    const [first] = left
    if (first === undefined) return
    cluster.metadata.outdated()
    failure = answers.get(first)
    throw failure
  }
  try {
    await retrying(once, { clock, random, deadlineMs, signal })
  } catch (error) {
    // at the deadline: what was said last stands
    if (error !== failure) throw error
  }
  return outcomeOf(answers, about)
}

/** The broker of each item, or why there is none. */
export type Places<Item> = ReadonlyMap<Item, number | KafkaError>

/** Instead of a broker. */
export const ANY_BROKER = -1

/** Asks for each whom it is to be asked of, all of one broker in one request. */
export async function askNodes<Item, T>(
  { cluster }: AdminParts,
  places: Places<Item>,
  ask: (nodeId: number, items: readonly Item[]) => Promise<Answers<Item, T>>,
): Promise<Answers<Item, T>> {
  const answers = new Map<Item, T | KafkaError>()
  const byNode = new Map<number, Item[]>()
  for (const [item, place] of places) {
    if (typeof place !== 'number') answers.set(item, place)
    else byNode.set(place, [...(byNode.get(place) ?? []), item])
  }
  const { metadata } = cluster
  const isNew = (nodeId: number): boolean => nodeId !== ANY_BROKER && !metadata.nodes.has(nodeId)
  if ([...byNode.keys()].some(isNew)) await metadata.refresh()
  await Promise.all(
    [...byNode].map(async ([nodeId, items]) => {
      for (const [item, answer] of await allOrEach(items, ask(nodeId, items))) {
        answers.set(item, answer)
      }
    }),
  )
  return answers
}

/** Asks a broker once, or any. @throws {KafkaError} */
export async function askPlace<Request, Response>(
  { cluster }: AdminParts,
  nodeId: number,
  ask: Ask<Request, Response>,
): Promise<Response> {
  return nodeId === ANY_BROKER ? cluster.askAny(ask) : cluster.ask(nodeId, ask)
}

/** An answer about one thing: `value`, or why there is none. */
export function answerOf<T>(
  refusal: Refusal,
  context: KafkaErrorContext,
  value: T,
): T | KafkaError {
  return refusal.errorCode === ErrorCode.NONE ? value : refusedForGood(refusal, context)
}

/**
 * As `refused`. But what is not there will not be there a moment later, though the protocol calls
 * that retriable.
 */
export function refusedForGood(refusal: Refusal, context: KafkaErrorContext): KafkaError {
  const error = refused(refusal, context)
  return MISSING.has(refusal.errorCode) ? final(error) : error
}

/** As an error that nothing is gained by trying again. */
export function final({ code, message, errorCode, context }: KafkaError): KafkaError {
  return new KafkaError(code, message, { kind: 'usage', errorCode, context })
}

/** As the protocol has it. */
export function refused(
  { errorCode, errorMessage = null }: Refusal,
  context: KafkaErrorContext,
): KafkaError {
  return brokerError(errorCode, errorMessage, context)
}

const MISSING: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
])

/** A broker that says nothing of what it was asked. */
function nothingSaid(): KafkaError {
  return brokerError(ErrorCode.UNKNOWN_SERVER_ERROR, 'no answer')
}

/** A request that failed did so for all that it was about. */
async function allOrEach<Item, T>(
  items: readonly Item[],
  asked: Promise<Answers<Item, T>>,
): Promise<Answers<Item, T>> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof KafkaError) return new Map(items.map((item) => [item, error]))
    throw error
  }
}

function outcomeOf<Item, T>(
  answers: Answers<Item, T>,
  about: (item: Item) => KafkaErrorContext,
): Outcome<T> {
  const done: T[] = []
  const failed: KafkaError[] = []
  for (const [item, answer] of answers) {
    if (answer instanceof KafkaError) failed.push(withContext(answer, about(item)))
    else done.push(answer)
  }
  return { done, failed }
}

/** An error of a request that was about many, as that of one of them. */
function withContext(error: KafkaError, context: KafkaErrorContext): KafkaError {
  const { code, message, kind, errorCode } = error
  const known: Readonly<Record<string, unknown>> = { ...error.context }
  if (Object.entries(context).every(([key, value]) => known[key] === value)) return error
  const both = { ...error.context, ...context }
  return new KafkaError(code, message, { kind, errorCode, context: both, cause: error })
}
