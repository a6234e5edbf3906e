export { ConfigError } from '@pafka/base'
export type { Consumer } from './consumer/consumer.ts'
export type { ConsumerBatch } from './consumer/consumer-batch.ts'
export type { ConsumerOptions, RunOptions } from './consumer/consumer-options.ts'
export type { ConsumerRecord } from './consumer/consumer-record.ts'
export type { TopicPartition } from './consumer/group/group-subscription.ts'
export type { Reader } from './consumer/reader.ts'
export type { ReaderOptions } from './consumer/reader-options.ts'
export type { StartPoint } from './consumer/record-flow.ts'
export { isRetriableError, KafkaError } from './errors/kafka-error.ts'
export type { KafkaErrorContext, KafkaErrorKind, ProduceOutcome } from './errors/kafka-error.ts'
export { Kafka } from './kafka.ts'
export type { KafkaOptions, SaslOptions } from './options/kafka-options.ts'
export type { RecordMetadata } from './producer/produce-batch.ts'
export type { Producer, SendReport } from './producer/producer.ts'
export type { ProducerOptions } from './producer/producer-options.ts'
export type { Headers, HeaderValue, ProducerRecord } from './producer/producer-record.ts'
export type { OAuthToken, TokenSource } from './sasl/oauthbearer.ts'
export type {
  Credentials,
  CredentialsSource,
  SaslExchange,
  SaslMechanism,
} from './sasl/sasl-mechanism.ts'
export { bytes } from './serde/bytes.ts'
export { json } from './serde/json.ts'
export type { DecodeContext, Decoder, Encoder, Serde, Sink } from './serde/serde.ts'
export { utf8 } from './serde/utf8.ts'
export { type Raw, topic, type Topic, type TopicContract, type WritableTopic } from './topic.ts'
