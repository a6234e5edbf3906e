import { errorName, isRetriable } from '@pafka/protocol'

import { KafkaJSProtocolError } from './protocol-errors.ts'

/** Names that Kafka has changed since, and programs compare with. */
const FORMER_NAMES: ReadonlyMap<number, string> = new Map([
  [-1, 'UNKNOWN'],
  [6, 'NOT_LEADER_FOR_PARTITION'],
  [14, 'GROUP_LOAD_IN_PROGRESS'],
  [15, 'GROUP_COORDINATOR_NOT_AVAILABLE'],
  [16, 'NOT_COORDINATOR_FOR_GROUP'],
])

/** The name by which programs know an error code. */
export function typeOf(errorCode: number): string {
  return FORMER_NAMES.get(errorCode) ?? errorName(errorCode)
}

/** @param said what the broker said beside the number */
export function protocolErrorOf(errorCode: number, said?: string | null): KafkaJSProtocolError {
  const type = typeOf(errorCode)
  const message = said === null || said === undefined || said === '' ? type : `${type}: ${said}`
  const code = errorCode
  return new KafkaJSProtocolError({ message, type, code, retriable: isRetriable(code) })
}
