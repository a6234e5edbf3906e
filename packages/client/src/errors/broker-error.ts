import { ErrorCode, errorName, isRetriable } from '@pafka/protocol'

import { KafkaError, type KafkaErrorContext, type KafkaErrorKind } from './kafka-error.ts'

const KINDS: ReadonlyMap<number, KafkaErrorKind> = new Map<number, KafkaErrorKind>([
  [ErrorCode.TOPIC_AUTHORIZATION_FAILED, 'auth'],
  [ErrorCode.GROUP_AUTHORIZATION_FAILED, 'auth'],
  [ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'auth'],
  [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'auth'],
  [ErrorCode.DELEGATION_TOKEN_AUTHORIZATION_FAILED, 'auth'],
  [ErrorCode.SASL_AUTHENTICATION_FAILED, 'auth'],
  [ErrorCode.UNSUPPORTED_SASL_MECHANISM, 'auth'],
  [ErrorCode.ILLEGAL_SASL_STATE, 'auth'],
  [ErrorCode.SECURITY_DISABLED, 'config'],
  [ErrorCode.INVALID_CONFIG, 'config'],
  [ErrorCode.POLICY_VIOLATION, 'config'],
  [ErrorCode.INVALID_SESSION_TIMEOUT, 'config'],
  [ErrorCode.UNSUPPORTED_VERSION, 'config'],
  [ErrorCode.UNSUPPORTED_ASSIGNOR, 'config'],
  [ErrorCode.GROUP_MAX_SIZE_REACHED, 'config'],
  [ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, 'config'],
  [ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'config'],
  [ErrorCode.INVALID_TRANSACTION_TIMEOUT, 'config'],
  // the next transaction shows whether somebody else has the id
  [ErrorCode.INVALID_PRODUCER_EPOCH, 'abortable'],
  [ErrorCode.PRODUCER_FENCED, 'fatal'],
  [ErrorCode.FENCED_INSTANCE_ID, 'fatal'],
  [ErrorCode.UNRELEASED_INSTANCE_ID, 'fatal'],
  [ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 'fatal'],
  [ErrorCode.UNKNOWN_PRODUCER_ID, 'abortable'],
  [ErrorCode.INVALID_PRODUCER_ID_MAPPING, 'abortable'],
  [ErrorCode.INVALID_TXN_STATE, 'abortable'],
  [ErrorCode.TRANSACTION_ABORTABLE, 'abortable'],
  [ErrorCode.ILLEGAL_GENERATION, 'abortable'],
  [ErrorCode.UNKNOWN_MEMBER_ID, 'abortable'],
  [ErrorCode.STALE_MEMBER_EPOCH, 'abortable'],
  [ErrorCode.FENCED_MEMBER_EPOCH, 'abortable'],
])

/**
 * What a broker answered, as an error.
 * @param message what the broker said beside the number, where it did
 */
export function brokerError(
  errorCode: number,
  message: string | null = null,
  context: KafkaErrorContext = {},
): KafkaError {
  const name = errorName(errorCode)
  return new KafkaError(name, messageOf(name, message, context), {
    kind: kindOf(errorCode),
    errorCode,
    context,
  })
}

function kindOf(errorCode: number): KafkaErrorKind {
  return KINDS.get(errorCode) ?? (isRetriable(errorCode) ? 'retriable' : 'usage')
}

function messageOf(name: string, said: string | null, context: KafkaErrorContext): string {
  const { api, topic, partition, groupId, transactionalId, subject, broker } = context
  const about = [
    subject,
    topic === undefined ? undefined : `topic ${topic}`,
    partition === undefined ? undefined : `partition ${partition}`,
    groupId === undefined ? undefined : `group ${groupId}`,
    transactionalId === undefined ? undefined : `transactional id ${transactionalId}`,
    broker === undefined ? undefined : `broker ${broker}`,
  ].filter((part) => part !== undefined)
  const where = about.length === 0 ? '' : ` (${about.join(', ')})`
  const what = said === null || said === '' ? name : `${name}: ${said}`
  return `${api === undefined ? what : `${api}: ${what}`}${where}`
}
