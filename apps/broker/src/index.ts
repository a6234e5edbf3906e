export { AdvanceableClock, type Clock, ConfigError, type Logger, PafkaError } from '@pafka/base'
export { Broker } from './broker.ts'
export type { BrokerOptions, StartTopic } from './broker-options.ts'
export { ErrorCode } from '@pafka/protocol'
export type { Fault } from './faults/fault.ts'
export type { AnswerableApi, FaultApi, TopicApi } from './faults/fault-apis.ts'
export type {
  FaultError,
  FaultOptions,
  Faults,
  FaultWhere,
  TopicFaultWhere,
} from './faults/faults.ts'
