import { nearestName, PafkaError } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import { ANSWERABLE_APIS, type AnswerableApi, FAULT_APIS, type FaultApi } from './fault-apis.ts'
import type { FaultError, TopicFaultWhere } from './faults.ts'
import { isTopicApi } from './request-topics.ts'

const MOST_TIMES = 1_000_000
/** A day; far below what a timer can wait. */
const MOST_DELAY_MS = 86_400_000
const MOST_PENDING = 1000
const WHERE_KEYS: readonly string[] = ['clientId', 'topic']

/** What may be asked for at run time, where types were not looked at. */
export interface RawOptions {
  readonly times?: number
  readonly where?: TopicFaultWhere
}

export interface CheckedOptions {
  readonly times: number
  readonly where: TopicFaultWhere
}

function refuse(reason: string): never {
  throw new PafkaError('FAULT_REFUSED', reason)
}

export function checkOptions(api: FaultApi, options: RawOptions, pending: number): CheckedOptions {
  checkServed(api)
  const { times = 1, where = {} } = options
  if (!Number.isInteger(times) || times < 1 || times > MOST_TIMES) {
    refuse(`times must be a whole number from 1 to ${MOST_TIMES}, not ${String(times)}`)
  }
  for (const key of Object.keys(where)) {
    if (!WHERE_KEYS.includes(key)) refuse(`where knows ${WHERE_KEYS.join(' and ')}, not ${key}`)
  }
  if (where.topic !== undefined && !isTopicApi(api)) {
    refuse(`${api} requests name no topic: where.topic would never hold`)
  }
  if (pending >= MOST_PENDING) refuse(`${MOST_PENDING} faults are waiting already`)
  return { times, where }
}

export function checkAnswerable(api: FaultApi): AnswerableApi {
  const found = ANSWERABLE_APIS.find((each) => each === api)
  if (found !== undefined) return found
  checkServed(api)
  return refuse(
    `${api} cannot be answered with an error, only delayed, cut off or its answer lost. ` +
      `These can be answered with one: ${ANSWERABLE_APIS.join(', ')}`,
  )
}

function checkServed(api: string): void {
  if ((FAULT_APIS as readonly string[]).includes(api)) return
  refuse(`no API ${api} is served${hint(api, FAULT_APIS)}`)
}

const CODES: ReadonlyMap<string, ErrorCode> = new Map(Object.entries(ErrorCode))

/** @param error a name or a code, at run time anything; codes that have no name are allowed. */
export function checkError(error: FaultError): ErrorCode {
  const code = typeof error === 'string' ? CODES.get(error) : error
  if (code === undefined) {
    refuse(`Kafka has no error ${String(error)}${hint(String(error), CODES.keys())}`)
  }
  if (code === ErrorCode.NONE) refuse('NONE is no error')
  if (!Number.isInteger(code) || code < -1 || code > 32_767) {
    refuse(`an error code is a whole number from -1 to 32767, not ${String(code)}`)
  }
  return code
}

export function checkDelay(delayMs: number): number {
  if (Number.isFinite(delayMs) && delayMs > 0 && delayMs <= MOST_DELAY_MS) return delayMs
  return refuse(`a delay is more than 0 and at most ${MOST_DELAY_MS} ms, not ${String(delayMs)}`)
}

function hint(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}
