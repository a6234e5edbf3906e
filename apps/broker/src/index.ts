export { AdvanceableClock, type Clock, ConfigError, type Logger, PafkaError } from '@pafka/base'
export { Broker } from './broker.ts'
export type { BrokerOptions, StartTopic } from './broker-options.ts'
