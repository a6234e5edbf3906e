import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { endToEndRun } from '../runs/end-to-end-run.ts'
import { kafkaSettings } from '../settings/kafka-settings.ts'
import { producerSettings } from '../settings/producer-settings.ts'
import {
  countOf,
  MOST_MS,
  propertiesOf,
  scheduleOf,
  tellIgnored,
} from '../settings/read-options.ts'

interface EndToEndCommandOptions {
  readonly bootstrapServer?: string
  readonly topic: string
  readonly partitions: string
  readonly numRecords: string
  readonly recordSize: string
  readonly throughput?: string
  readonly stepSeconds: string
  readonly producerAcks: string
  readonly timeout: string
  readonly reportingInterval: string
  readonly seed?: string
  readonly commandProperty?: readonly string[]
  readonly commandConfig?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  pafka-perf end-to-end --bootstrap-server 127.0.0.1:9092 --topic t --num-records 10000 \\
    --record-size 1024
  pafka-perf end-to-end --bootstrap-server 127.0.0.1:9092 --topic t --num-records 600000 \\
    --record-size 1024 --throughput 10000

Without a rate each record is sent when the one before was read, as in Kafka's EndToEndLatency.
With one, what is sent late is timed from when it was due.
`

/** `pafka-perf end-to-end`: how long it takes until what was sent is read. */
export function endToEndCommand(context: CommandContext): Command {
  return new Command('end-to-end')
    .description('Send records and read them, and tell how long that took.')
    .option('--bootstrap-server <host:port>', 'whom to ask first; several with commas')
    .requiredOption('--topic <name>', 'where to send them; it is made if it is not there')
    .option('--partitions <n>', 'of a topic that is made', '1')
    .requiredOption('--num-records <n>', 'how many')
    .option('--record-size <bytes>', 'of each value, at random', '1024')
    .option('--throughput <rate>', 'records/s; RATE, RATE,RATE..., MIN:AVG:MAX')
    .option('--step-seconds <n>', 'how long each of several rates lasts', '10')
    .option('--producer-acks <acks>', 'all, 1 or 0', 'all')
    .option('--timeout <ms>', 'without a record, until it gives up', '10000')
    .option('--reporting-interval <ms>', 'between lines', '5000')
    .option('--seed <n>', 'of what is random, to have it again')
    .option('--command-property <name=value...>', "Kafka's properties of clients")
    .option('--command-config <path>', 'a file of such properties')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action((options: EndToEndCommandOptions) => endToEnd(options, context))
}

async function endToEnd(options: EndToEndCommandOptions, context: CommandContext): Promise<void> {
  const acks = `acks=${options.producerAcks}`
  const read = propertiesOf({
    files: [options.commandConfig],
    pairs: [[acks], options.commandProperty],
  })
  const kafka = kafkaSettings(read, options.bootstrapServer)
  const producer = producerSettings(read)
  tellIgnored(read.end(), context)
  const { throughput, seed } = options
  const lost = await endToEndRun(
    {
      ...{ kafka, producer, topic: options.topic },
      partitions: countOf('partitions', options.partitions, 1),
      records: countOf('num-records', options.numRecords, 1),
      recordSize: countOf('record-size', options.recordSize, 1),
      schedule: throughput === undefined ? undefined : scheduleOf(throughput, options.stepSeconds),
      timeoutMs: countOf('timeout', options.timeout, 1, MOST_MS),
      intervalMs: countOf('reporting-interval', options.reportingInterval, 1, MOST_MS),
      isJson: options.json === true,
      seed: seed === undefined ? Date.now() : countOf('seed', seed, 0),
    },
    context,
  )
  if (lost > 0) context.exit(1)
}
