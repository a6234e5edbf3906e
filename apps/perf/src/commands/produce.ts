import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import type { ProduceLoad } from '../load/produce-load.ts'
import { produceRun, type ProduceRun } from '../runs/produce-run.ts'
import { kafkaSettings } from '../settings/kafka-settings.ts'
import { loadOf, type LoadSpec } from '../settings/load-spec.ts'
import { producerSettings } from '../settings/producer-settings.ts'
import { countOf, propertiesOf, renamed, tellIgnored } from '../settings/read-options.ts'
import { withLoadOptions } from './load-options.ts'

interface ProduceCommandOptions extends LoadSpec {
  readonly bootstrapServer?: string
  readonly topic: string
  readonly clients: string
  readonly warmupRecords: string
  readonly reportingInterval: string
  readonly producerProps?: readonly string[]
  readonly commandProperty?: readonly string[]
  readonly 'producer.config'?: string
  readonly commandConfig?: string
  readonly printMetrics?: boolean
  readonly json?: boolean
  readonly transactionalId?: string
  readonly transactionDurationMs?: string
}

const TRANSACTION_MS = 3000

const EXAMPLES = `
Examples:
  pafka-perf produce --bootstrap-server 127.0.0.1:9092 --topic t --num-records 1000000 \\
    --record-size 100 --throughput -1
  pafka-perf produce --bootstrap-server 127.0.0.1:9092 --topic t --num-records 600000 \\
    --record-size 1024 --throughput 10000 --warmup-records 50000 --keys zipf:10000

Options and lines are those of kafka-producer-perf-test. A rate is kept whatever the broker does:
what is sent late counts as late. Properties that mean nothing to this client are named, and left.
--payload-delimiter is a regular expression as there, but JavaScript's; what lies between two that
follow one another is an empty value. A payload file has at most 500 MB.
`

/** `pafka-perf produce`: how fast records are acknowledged, or how soon at a rate. */
export function produceCommand(context: CommandContext): Command {
  const command = new Command('produce')
    .description('Send records, and tell how fast and how soon they were acknowledged.')
    .option('--bootstrap-server <host:port>', 'whom to ask first; several with commas')
    .requiredOption('--topic <name>', 'where to send them')
    .requiredOption('--num-records <n>', 'how many, of all clients together')
    .requiredOption('--throughput <rate>', 'records/s; -1, RATE, RATE,RATE..., MIN:AVG:MAX')
    .option('--record-size <bytes>', 'of each value, at random')
    .option('--clients <n>', 'producers, each with connections of its own', '1')
    .option('--warmup-records <n>', 'first records, left out of the steady state', '0')
    .option('--transactional-id <id>', 'send in transactions, of a producer with this id')
    .option('--transaction-duration-ms <ms>', 'send in transactions that last so long; 3000')
    .option('--reporting-interval <ms>', 'between lines', '5000')
    .option('--producer-props <name=value...>', 'as --command-property; deprecated')
    .option('--command-property <name=value...>', "Kafka's properties of producers")
    .option('--producer.config <path>', 'as --command-config; deprecated')
    .option('--command-config <path>', 'a file of such properties')
    .option('--print-metrics', 'what the clients counted, at the end')
    .option('--json', 'one JSON object a line')
  return withLoadOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((options: ProduceCommandOptions) => produce(options, context))
}

async function produce(options: ProduceCommandOptions, context: CommandContext): Promise<void> {
  const read = propertiesOf({
    files: [
      renamed(
        ['producer.config', options['producer.config']],
        ['command-config', options.commandConfig],
        context,
      ),
    ],
    pairs: [
      renamed(
        ['producer-props', options.producerProps],
        ['command-property', options.commandProperty],
        context,
      ),
    ],
  })
  const kafka = kafkaSettings(read, options.bootstrapServer)
  const { transactionalId: id = read.text('transactional.id'), transactionDurationMs } = options
  const producer = producerSettings(read)
  tellIgnored(read.end(), context)
  const terms: Omit<ProduceRun, 'load'> = {
    kafka,
    producer: id === undefined ? producer : { ...producer, transactionalId: id },
    clients: countOf('clients', options.clients, 1, 1000),
    transactionMs: transactionMsOf(id, transactionDurationMs),
    warmupRecords: countOf('warmup-records', options.warmupRecords, 0),
    intervalMs: countOf('reporting-interval', options.reportingInterval, 1),
    isJson: options.json === true,
    printsMetrics: options.printMetrics === true,
  }
  const failed = await produceRun({ ...terms, load: await loadTold(options, context) }, context)
  if (failed > 0) context.exit(1)
}

/** Says what is read from a file, also where that fails. */
async function loadTold(
  options: ProduceCommandOptions,
  { write, writeError }: CommandContext,
): Promise<ProduceLoad> {
  const said: string[] = []
  try {
    return loadOf(options.topic, options, said)
  } finally {
    if (options.json === true) writeError(said.join(''))
    else if (said.length > 0) await write(said.join(''))
  }
}

/** As there: an id, or a time, asks for transactions. */
function transactionMsOf(id: string | undefined, duration: string | undefined): number | undefined {
  if (duration !== undefined) return countOf('transaction-duration-ms', duration, 1)
  return id === undefined ? undefined : TRANSACTION_MS
}
