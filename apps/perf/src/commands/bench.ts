import { randomInt } from 'node:crypto'

import { ConfigError } from '@pafka/base'
import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import type { BenchTask } from '../agent/messages.ts'
import { benchRun } from '../bench/bench-run.ts'
import { parseHosts } from '../bench/hosts.ts'
import { checkResults } from '../print/result-file.ts'
import { consumerSettings } from '../settings/consumer-settings.ts'
import { kafkaSettings } from '../settings/kafka-settings.ts'
import { loadOf, type LoadSpec } from '../settings/load-spec.ts'
import { producerSettings } from '../settings/producer-settings.ts'
import { countOf, MOST_MS, propertiesOf, tellIgnored } from '../settings/read-options.ts'
import { withLoadOptions } from './load-options.ts'

interface BenchCommandOptions extends LoadSpec {
  readonly bootstrapServer?: string
  readonly type: string
  readonly hosts: string
  readonly threads: string
  readonly topicPrefix: string
  readonly partitions?: string
  readonly warmupRecords: string
  readonly waitForAll?: boolean
  readonly timeout: string
  readonly reportingInterval: string
  readonly csv?: string
  readonly ssh: string
  readonly remoteCommand: string
  readonly commandProperty?: readonly string[]
  readonly commandConfig?: string
  readonly json?: boolean
}

const TYPES = ['producer', 'consumer'] as const
const MOST_THREADS = 1000
/** Between what a client tells of itself. */
const WINDOW_MS = 500

const EXAMPLES = `
Examples:
  pafka-perf bench --bootstrap-server broker:9092 --hosts "node-1 node-2" --threads 16 \\
    --num-records 100000000 --csv producers.csv
  pafka-perf bench --bootstrap-server broker:9092 --hosts "node-1 node-2" --threads 16 \\
    --num-records 100000000 --type consumer
  pafka-perf bench --bootstrap-server 127.0.0.1:9092 --throughput 10000:50000:200000

Each client has a topic of its own, PREFIX-0, PREFIX-1 and so on, and all start at the same time.
They stop when the first is done, or each when it is, with --wait-for-all. Hosts are reached by
ssh without a password, and have this program; "local" is this machine, without ssh.
`

/** `pafka-perf bench`: many clients on many hosts. */
export function benchCommand(context: CommandContext): Command {
  const command = new Command('bench')
    .description('Have many clients on many hosts send or read, and add up what they tell.')
    .option('--bootstrap-server <host:port>', 'whom to ask first; several with commas')
    .option('--type <which>', 'producer or consumer', 'producer')
    .option('--hosts <names>', 'with spaces or commas between them', 'local')
    .option('--threads <n>', 'clients of each host', '16')
    .option('--num-records <n>', 'how many, of all clients together', '5000000')
    .option('--throughput <rate>', 'of all together: -1, RATE, RATE,RATE..., MIN:AVG:MAX', '-1')
    .option('--record-size <bytes>', 'of each value, at random; 1024')
    .option('--topic-prefix <name>', 'of the names of topics', 'pafka-bench')
    .option('--partitions <n>', 'of topics that are made; as the broker has it by default')
    .option('--warmup-records <n>', 'first records of each producer, which are not counted', '0')
    .option('--wait-for-all', 'do not stop when the first is done')
    .option('--timeout <ms>', 'without a record, until a consumer gives up', '10000')
    .option('--reporting-interval <ms>', 'between lines', '5000')
    .option('--csv <path>', 'a file for the figures of each client, each host and all')
    .option('--ssh <command>', 'what connects to hosts, with its options', 'ssh')
    .option('--remote-command <command>', 'what is called on them', 'pafka-perf')
    .option('--command-property <name=value...>', "Kafka's properties of clients")
    .option('--command-config <path>', 'a file of such properties')
    .option('--json', 'one JSON object a line')
  return withLoadOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((options: BenchCommandOptions) => bench(options, context))
}

async function bench(options: BenchCommandOptions, context: CommandContext): Promise<void> {
  const type = TYPES.find((one) => one === options.type)
  if (type === undefined)
    throw new ConfigError([`--type: ${options.type}, not producer or consumer`])
  const hosts = parseHosts({ ...options, localCommand: thisProgram() })
  const threads = countOf('threads', options.threads, 1, MOST_THREADS)
  const read = propertiesOf({ files: [options.commandConfig], pairs: [options.commandProperty] })
  const kafka = kafkaSettings(read, options.bootstrapServer)
  if (type === 'producer') producerSettings(read)
  else consumerSettings(read)
  tellIgnored(read.end(), context)
  const { partitions, payloadFile, payloadMonotonic, recordSize } = options
  const isSized = recordSize === undefined && payloadFile === undefined && payloadMonotonic !== true
  const load: LoadSpec = { ...options, ...(isSized && { recordSize: '1024' }) }
  const task: BenchTask = {
    ...{ type, bootstrapServer: String(kafka.brokers), properties: [...read.all] },
    ...{ topicPrefix: options.topicPrefix, ofClients: hosts.length * threads },
    load: specOf({ ...load, seed: options.seed ?? String(randomInt(2 ** 32)) }),
    warmupRecords: countOf('warmup-records', options.warmupRecords, 0),
    timeoutMs: countOf('timeout', options.timeout, 1, MOST_MS),
    intervalMs: WINDOW_MS,
  }
  loadOf('', task.load) // what is wrong is said before anything is started
  if (Number(task.load.numRecords) < task.ofClients) {
    throw new ConfigError([`--num-records: at least one for each of ${task.ofClients} clients`])
  }
  checkResults({ csv: options.csv })
  const isWell = await benchRun(
    {
      ...{ kafka, hosts, threads, task },
      partitions: partitions === undefined ? undefined : countOf('partitions', partitions, 1),
      waitsForAll: options.waitForAll === true,
      intervalMs: countOf('reporting-interval', options.reportingInterval, 1, MOST_MS),
      isJson: options.json === true,
      csvPath: options.csv,
    },
    context,
  )
  if (!isWell) context.exit(1)
}

/** What the load is made of, and nothing else of the command line. */
function specOf(spec: LoadSpec): LoadSpec {
  const { recordSize, payloadFile, payloadMonotonic, seed } = spec
  return {
    ...{ numRecords: spec.numRecords, throughput: spec.throughput, keys: spec.keys },
    ...{ stepSeconds: spec.stepSeconds, payloadDelimiter: spec.payloadDelimiter },
    ...(recordSize !== undefined && { recordSize }),
    ...(payloadFile !== undefined && { payloadFile }),
    ...(payloadMonotonic !== undefined && { payloadMonotonic }),
    ...(seed !== undefined && { seed }),
  }
}

/** How it was started. */
function thisProgram(): string[] {
  const [node = '', script = ''] = process.argv
  return [node, ...process.execArgv, script]
}
