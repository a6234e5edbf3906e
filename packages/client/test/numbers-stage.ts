import {
  type Consumer,
  type ConsumerOptions,
  json,
  Kafka,
  topic,
  utf8,
  type KafkaOptions,
  type Topic,
} from '../src/index.ts'
import { type StageBroker, startBroker } from './stage-broker.ts'

export const numbers: Topic<string, number> = topic('t', { key: utf8(), value: json<number>() })

/** A broker with the topic of numbers, and programs that write and read it. */
export interface NumbersStage extends AsyncDisposable {
  readonly broker: StageBroker
  readonly kafka: Kafka
  /** Another program. */
  other(): Kafka
  /** @param name of another topic of numbers */
  send(values: readonly number[], name?: string): Promise<void>
  consumer(options?: ConsumerOptions): Consumer<string, number>
}

export interface NumbersStageOptions {
  readonly partitions: number
  readonly config: Readonly<Record<string, number>>
  readonly kafka?: Omit<KafkaOptions, 'brokers'>
  readonly consumer?: ConsumerOptions
  /** Each consumer is of a program of its own. */
  readonly eachAlone?: boolean
}

export async function startNumbers(options: NumbersStageOptions): Promise<NumbersStage> {
  const { partitions, config, eachAlone = false } = options
  const broker = await startBroker({ topics: [{ name: 't', partitions }], config })
  const programs: Kafka[] = []
  const other = (): Kafka => {
    const kafka = new Kafka({ brokers: broker.bootstrap, ...options.kafka })
    programs.push(kafka)
    return kafka
  }
  const kafka = other()
  return {
    ...{ broker, kafka, other },
    send: async (values, name = 't') => {
      await using producer = kafka.producer()
      const records = values.map((value) => ({ key: `k${value % 10}`, value }))
      await producer.sendAll({ ...numbers, name }, records)
    },
    consumer: (more) => {
      const program = eachAlone ? other() : kafka
      return program.consumer('g', numbers, { ...options.consumer, ...more })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map(async (program) => program.close()))
      await broker[Symbol.asyncDispose]()
    },
  }
}

export function upTo(end: number, from = 0): number[] {
  return Array.from({ length: end - from }, (_, at) => from + at)
}

/** As many records as that, and leaves the loop. */
export async function some(consumer: Consumer<string, number>, count: number): Promise<number[]> {
  const values: number[] = []
  for await (const { value } of consumer) {
    values.push(value ?? -1)
    if (values.length === count) break
  }
  return values
}

export function sorted(values: readonly number[]): number[] {
  return values.toSorted((one, other) => one - other)
}
