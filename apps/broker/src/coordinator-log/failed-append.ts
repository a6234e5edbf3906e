import { ErrorCode } from '@pafka/protocol'

/**
 * What a client is told whose record the coordinator's log did not take. Source: Kafka
 * `GroupMetadataManager.appendForGroup` and `TransactionStateManager.appendTransactionToLog`.
 * @param tooLarge for a record that is larger than the log takes
 */
export function errorOfFailedAppend(
  errorCode: ErrorCode,
  tooLarge: ErrorCode = ErrorCode.UNKNOWN_SERVER_ERROR,
): ErrorCode {
  switch (errorCode) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.NOT_ENOUGH_REPLICAS:
    case ErrorCode.REQUEST_TIMED_OUT: {
      return ErrorCode.COORDINATOR_NOT_AVAILABLE
    }
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
    case ErrorCode.KAFKA_STORAGE_ERROR: {
      return ErrorCode.NOT_COORDINATOR
    }
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE: {
      return tooLarge
    }
    default: {
      return errorCode
    }
  }
}
