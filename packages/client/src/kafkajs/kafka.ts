import { FacadeAdmin } from './admin/admin.ts'
import type { Admin, AdminConfig } from './admin/admin-types.ts'
import { checkConfig } from './client-options.ts'
import { FacadeConsumer } from './consumer/consumer.ts'
import type { Consumer, ConsumerConfig } from './consumer/consumer-types.ts'
import { logLevel } from './enums.ts'
import type { KafkaConfig } from './kafka-config.ts'
import { consoleLogCreator, createLogger } from './logger.ts'
import type { Logger } from './logger-types.ts'
import { FacadeProducer } from './producer/producer.ts'
import type { Producer, ProducerConfig } from './producer/producer-types.ts'

/** Where clients come from that programs written for kafkajs use. */
export class Kafka {
  readonly #config: KafkaConfig
  readonly #logger: Logger

  /** @throws {KafkaJSNonRetriableError} for what cannot be had */
  constructor(config: KafkaConfig) {
    checkConfig(config)
    const { logLevel: level = logLevel.INFO, logCreator = consoleLogCreator } = config
    this.#config = config
    this.#logger = createLogger(level, logCreator)
  }

  producer(config: ProducerConfig = {}): Producer {
    return new FacadeProducer({ kafka: this.#config, logger: this.#logger }, config)
  }

  consumer(config: ConsumerConfig): Consumer {
    return new FacadeConsumer({ kafka: this.#config, logger: this.#logger }, config)
  }

  admin(config: AdminConfig = {}): Admin {
    return new FacadeAdmin({ kafka: this.#config, logger: this.#logger }, config)
  }

  logger(): Logger {
    return this.#logger
  }
}
