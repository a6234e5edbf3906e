import { SECOND_MS } from '@pafka/base'
import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { labRun } from '../lab/lab-run.ts'
import { checkResults, writeResult } from '../print/result-file.ts'
import { reportHtml } from '../report/report-html.ts'
import { kafkaSettings } from '../settings/kafka-settings.ts'
import { bytesOf, countOf, propertiesOf, tellIgnored } from '../settings/read-options.ts'
import { thisCommand } from './this-command.ts'

interface LabCommandOptions {
  readonly against?: string
  readonly againstName: string
  readonly slow?: string
  readonly fast?: string
  readonly limitFolder?: boolean
  readonly slowRate: string
  readonly slowOperations: string
  readonly slowSize: string
  readonly burst: string
  readonly burstSeconds: string
  readonly throughput: string
  readonly seconds: string
  readonly recordSize: string
  readonly partitions: string
  readonly report: string
  readonly seed?: string
  readonly commandProperty?: readonly string[]
  readonly commandConfig?: string
}

const EXAMPLES = `
Examples:
  pafka-perf lab
  pafka-perf lab --slow /mnt/hdd --fast /mnt/nvme --against 127.0.0.1:9092

It starts a broker with a plain file log on a slow disk, and then one whose first tier is on a fast
disk, and whose second is on the slow one. Both have each record on a device before its ack. As root
it makes the slow disk; else it says so, and has the broker limit a folder.
`

/** `pafka-perf lab`: what a fast tier in front of a slow disk does, in five minutes. */
export function labCommand(context: CommandContext): Command {
  return new Command('lab')
    .description('Measure a file log on a slow disk beside tiers with that disk, side by side.')
    .option('--against <host:port>', 'a Kafka that runs, measured first')
    .option('--against-name <name>', 'what it is called', 'kafka')
    .option('--slow <path>', 'a folder that is there, on a slow disk; a disk is made by default')
    .option('--fast <path>', 'a folder that is there, on a fast disk; a temporary one by default')
    .option('--limit-folder', 'have the broker limit a folder, though a slow disk could be made')
    .option('--slow-rate <bytes>', 'a second, of a disk that is made', '120MB')
    .option('--slow-operations <n>', 'a second, of a disk that is made', '150')
    .option('--slow-size <bytes>', 'of a disk that is made, which is in memory', '4GiB')
    .option('--burst <bytes>', 'as fast as it goes', '1GiB')
    .option('--burst-seconds <n>', 'no burst lasts longer', '30')
    .option('--throughput <rate>', 'records/s, after it', '1000')
    .option('--seconds <n>', 'at that rate', '10')
    .option('--record-size <bytes>', 'of each value, at random', '1024')
    .option('--partitions <n>', 'of each topic', '16')
    .option('--report <path>', 'one HTML file', 'lab.html')
    .option('--seed <n>', 'of what is random, to have it again')
    .option('--command-property <name=value...>', "Kafka's properties, to reach --against")
    .option('--command-config <path>', 'a file of such properties')
    .addHelpText('after', EXAMPLES)
    .action((options: LabCommandOptions) => lab(options, context))
}

async function lab(options: LabCommandOptions, context: CommandContext): Promise<void> {
  const { against, againstName, slow, fast, seed } = options
  checkResults({ report: options.report })
  const recordBytes = countOf('record-size', options.recordSize, 1)
  const outcome = await labRun(
    {
      load: {
        ...{ recordBytes, partitions: countOf('partitions', options.partitions, 1) },
        burstRecords: Math.ceil(bytesOf('burst', options.burst) / recordBytes),
        burstMs: countOf('burst-seconds', options.burstSeconds, 1) * SECOND_MS,
        ratePerSecond: countOf('throughput', options.throughput, 1),
        rateMs: countOf('seconds', options.seconds, 1) * SECOND_MS,
        seed: seed === undefined ? Date.now() : countOf('seed', seed, 0),
      },
      disk: {
        sizeBytes: bytesOf('slow-size', options.slowSize),
        bytesPerSecond: bytesOf('slow-rate', options.slowRate),
        operationsPerSecond: countOf('slow-operations', options.slowOperations, 1),
      },
      ...{ slowPath: slow, fastPath: fast, command: thisCommand() },
      limitsFolder: options.limitFolder === true,
      against:
        against === undefined
          ? undefined
          : { name: againstName, kafka: reached(options, against, context) },
    },
    context,
  )
  if (outcome === undefined) return
  writeResult('report', options.report, await reportHtml(outcome.result))
  await context.write(`\nreport: ${options.report}\n`)
  if (outcome.isFailed) context.exit(1)
}

function reached(
  options: LabCommandOptions,
  address: string,
  context: CommandContext,
): ReturnType<typeof kafkaSettings> {
  const read = propertiesOf({ files: [options.commandConfig], pairs: [options.commandProperty] })
  const kafka = kafkaSettings(read, address)
  tellIgnored(read.end(), context)
  return kafka
}
