import { randomInt } from 'node:crypto'

import { ConfigError, messageOf } from '@pafka/base'
import { type Topic, topic, type TopicPattern, topicPattern } from '@pafka/client'
import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { dateFormatOf } from '../print/date-format.ts'
import { consumeRun } from '../runs/consume-run.ts'
import { consumerSettings } from '../settings/consumer-settings.ts'
import { kafkaSettings } from '../settings/kafka-settings.ts'
import { countOf, MOST_MS, propertiesOf, renamed, tellIgnored } from '../settings/read-options.ts'

interface ConsumeCommandOptions {
  readonly bootstrapServer?: string
  readonly topic?: string
  readonly include?: string
  readonly numRecords?: string
  readonly messages?: string
  readonly group?: string
  readonly fromLatest?: boolean
  readonly timeout: string
  readonly showDetailedStats?: boolean
  readonly reportingInterval: string
  readonly hideHeader?: boolean
  readonly dateFormat: string
  readonly clients: string
  readonly printMetrics?: boolean
  readonly json?: boolean
  readonly commandProperty?: readonly string[]
  readonly 'consumer.config'?: string
  readonly commandConfig?: string
  readonly warmupRecords: string
  readonly fetchSize?: string
  readonly socketBufferSize?: string
}

type Bytes = Uint8Array
type Pattern = TopicPattern<Bytes, Bytes>

const MOST_GROUPS = 100_000
const MOST_BYTES = 2 ** 31 - 1

const EXAMPLES = `
Examples:
  pafka-perf consume --bootstrap-server 127.0.0.1:9092 --topic t --num-records 5000000
  pafka-perf consume --bootstrap-server 127.0.0.1:9092 --include 'orders-.*' \\
    --num-records 5000000 --show-detailed-stats --reporting-interval 1000

Options and lines are those of kafka-consumer-perf-test. As there, what transactions left open or
aborted is read too, unless isolation.level says otherwise. Records are read as fast as they come:
there is no rate to keep, and nothing to time; "pafka-perf end-to-end" has latencies.
`

/** `pafka-perf consume`: how fast records are read by a group of one. */
export function consumeCommand(context: CommandContext): Command {
  return new Command('consume')
    .description('Read records in a group, and tell how fast.')
    .option('--bootstrap-server <host:port>', 'whom to ask first; several with commas')
    .option('--topic <name>', 'what to read')
    .option('--include <regex>', 'topics whose whole names match')
    .option('--num-records <n>', 'how many')
    .option('--messages <n>', 'as --num-records; deprecated')
    .option('--group <id>', 'whose member it is; a new one by default')
    .option('--from-latest', 'begin at the end of partitions of which nothing was committed')
    .option('--clients <n>', 'members of the group, each with connections of its own', '1')
    .option('--warmup-records <n>', 'first records, left out of the steady state', '0')
    .option('--timeout <ms>', 'without a record, until it gives up', '10000')
    .option('--show-detailed-stats', 'a line for each reporting interval')
    .option('--reporting-interval <ms>', 'between lines', '5000')
    .option('--hide-header', 'no line with the names of the columns')
    .option(
      '--date-format <format>',
      "of times, in the letters of Java's SimpleDateFormat",
      'yyyy-MM-dd HH:mm:ss:SSS',
    )
    .option('--command-property <name=value...>', "Kafka's properties of consumers")
    .option('--consumer.config <path>', 'as --command-config; deprecated')
    .option('--command-config <path>', 'a file of such properties')
    .option('--print-metrics', 'what the clients counted, at the end')
    .option('--json', 'one JSON object a line')
    .option('--fetch-size <bytes>', 'accepted, and not used')
    .option('--socket-buffer-size <bytes>', 'accepted, and not used')
    .addHelpText('after', EXAMPLES)
    .action((options: ConsumeCommandOptions) => consume(options, context))
}

async function consume(options: ConsumeCommandOptions, context: CommandContext): Promise<void> {
  const read = propertiesOf({
    files: [
      renamed(
        ['consumer.config', options['consumer.config']],
        ['command-config', options.commandConfig],
        context,
      ),
    ],
    pairs: [options.commandProperty],
  })
  const kafka = kafkaSettings(read, options.bootstrapServer)
  const consumer = consumerSettings(read)
  const records = renamed(
    ['messages', options.messages],
    ['num-records', options.numRecords],
    context,
  )
  if (records === undefined) throw new ConfigError(['--num-records: say how many'])
  checkUnused(options)
  const groupId = options.group ?? read.text('group.id')
  tellIgnored(read.end(), context)
  // as there, one that ends by its time-out says so, and is no failure
  await consumeRun(
    {
      ...{ kafka, groupId: groupId ?? `perf-consumer-${randomInt(MOST_GROUPS)}` },
      consumer: options.fromLatest === true ? { ...consumer, from: 'latest' } : consumer,
      topic: topicOf(options),
      records: countOf('num-records', records, 0),
      warmupRecords: countOf('warmup-records', options.warmupRecords, 0),
      timeoutMs: countOf('timeout', options.timeout, 1, MOST_MS),
      intervalMs: countOf('reporting-interval', options.reportingInterval, 1, MOST_MS),
      clients: countOf('clients', options.clients, 1, 1000),
      isDetailed: options.showDetailedStats === true,
      isJson: options.json === true,
      printsMetrics: options.printMetrics === true,
      hasHeader: options.hideHeader !== true,
      dateFormat: dateFormatOf(options.dateFormat),
    },
    context,
  )
}

/** What means nothing here is to be right all the same, as there. @throws {ConfigError} */
function checkUnused({ fetchSize, socketBufferSize }: ConsumeCommandOptions): void {
  if (fetchSize !== undefined) countOf('fetch-size', fetchSize, 0, MOST_BYTES)
  if (socketBufferSize !== undefined) {
    countOf('socket-buffer-size', socketBufferSize, -1, MOST_BYTES)
  }
}

function topicOf({ topic: name, include }: ConsumeCommandOptions): Topic<Bytes, Bytes> | Pattern {
  if (name !== undefined && include === undefined) return topic(name)
  if (name !== undefined || include === undefined) {
    throw new ConfigError(['one of --topic and --include'])
  }
  try {
    return topicPattern(new RegExp(`^(?:${include})$`, 'u'))
  } catch (error) {
    throw new ConfigError([`--include: ${messageOf(error)}`])
  }
}
