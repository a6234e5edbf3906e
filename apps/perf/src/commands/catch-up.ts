import { SECOND_MS } from '@pafka/base'
import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { catchUpRun } from '../runs/catch-up-run.ts'
import { kafkaSettings } from '../settings/kafka-settings.ts'
import { producerSettings } from '../settings/producer-settings.ts'
import {
  bytesOf,
  countOf,
  MOST_MS,
  propertiesOf,
  scheduleOf,
  tellIgnored,
} from '../settings/read-options.ts'

interface CatchUpCommandOptions {
  readonly bootstrapServer?: string
  readonly topic: string
  readonly partitions: string
  readonly backlog: string
  readonly recordSize: string
  readonly throughput: string
  readonly stepSeconds: string
  readonly quietSeconds: string
  readonly timeout: string
  readonly seed?: string
  readonly commandProperty?: readonly string[]
  readonly commandConfig?: string
  readonly json?: boolean
}

const EXAMPLES = `
Example:
  pafka-perf catch-up --bootstrap-server 127.0.0.1:9092 --topic t --backlog 10GB \\
    --throughput 10000

It tells how fast the backlog was read, and what became of the producer meanwhile: its latencies
before, meanwhile and after. At the end, how long it took from a record's being due to its being
read.
`

/** `pafka-perf catch-up`: a backlog is read while a producer goes on. */
export function catchUpCommand(context: CommandContext): Command {
  return new Command('catch-up')
    .description('Write a backlog, and read it while a producer goes on.')
    .option('--bootstrap-server <host:port>', 'whom to ask first; several with commas')
    .requiredOption('--topic <name>', 'where to write it; it is made if it is not there')
    .option('--partitions <n>', 'of a topic that is made', '1')
    .requiredOption('--backlog <bytes>', 'how much, as 10GB')
    .requiredOption('--throughput <rate>', 'records/s; RATE, RATE,RATE..., MIN:AVG:MAX')
    .option('--step-seconds <n>', 'how long each of several rates lasts', '10')
    .option('--record-size <bytes>', 'of each value, at random', '1024')
    .option('--quiet-seconds <n>', 'before the backlog is read, and after', '5')
    .option('--timeout <ms>', 'without a record, until it gives up', '10000')
    .option('--seed <n>', 'of what is random, to have it again')
    .option('--command-property <name=value...>', "Kafka's properties of clients")
    .option('--command-config <path>', 'a file of such properties')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action((options: CatchUpCommandOptions) => catchUp(options, context))
}

async function catchUp(options: CatchUpCommandOptions, context: CommandContext): Promise<void> {
  const read = propertiesOf({ files: [options.commandConfig], pairs: [options.commandProperty] })
  const kafka = kafkaSettings(read, options.bootstrapServer)
  const producer = producerSettings(read)
  tellIgnored(read.end(), context)
  const recordSize = countOf('record-size', options.recordSize, 1)
  const isCaughtUp = await catchUpRun(
    {
      ...{ kafka, producer, recordSize, topic: options.topic },
      partitions: countOf('partitions', options.partitions, 1),
      backlogRecords: Math.ceil(bytesOf('backlog', options.backlog) / recordSize),
      schedule: scheduleOf(options.throughput, options.stepSeconds),
      quietMs: countOf('quiet-seconds', options.quietSeconds, 0) * SECOND_MS,
      timeoutMs: countOf('timeout', options.timeout, 1, MOST_MS),
      isJson: options.json === true,
      seed: options.seed === undefined ? Date.now() : countOf('seed', options.seed, 0),
    },
    context,
  )
  if (!isCaughtUp) context.exit(1)
}
