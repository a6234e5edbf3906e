import { ConfigError, messageOf, SECOND_MS } from '@pafka/base'
import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { checkResults, writeResult } from '../print/result-file.ts'
import { isFailed } from '../report/failed-points.ts'
import { loadCanvas } from '../report/canvas-package.ts'
import { reportHtml } from '../report/report-html.ts'
import { reportPng } from '../report/report-png.ts'
import { kafkaSettings } from '../settings/kafka-settings.ts'
import { producerSettings } from '../settings/producer-settings.ts'
import { PropertyReader } from '../settings/property-reader.ts'
import { countOf, propertiesOf, tellIgnored } from '../settings/read-options.ts'
import type { ContestantSpec } from '../sweep/contestant-facts.ts'
import { sweepRun } from '../sweep/sweep-run.ts'
import { simpleWorkload } from '../workload/simple-workload.ts'
import type { Workload } from '../workload/workload.ts'
import { readWorkload } from '../workload/workload-file.ts'
import { thisCommand } from './this-command.ts'

interface SweepCommandOptions {
  readonly brokers: readonly string[]
  readonly workloads?: readonly string[]
  readonly rates?: string
  readonly steps: string
  readonly rounds: string
  readonly duration?: string
  readonly warmup?: string
  readonly partitions: string
  readonly recordSize: string
  readonly producers: string
  readonly groups: string
  readonly replicas?: string
  readonly title: string
  readonly report: string
  readonly png?: string
  readonly result?: string
  readonly software?: readonly string[]
  readonly note?: readonly string[]
  readonly seed?: string
  readonly threads: string
  readonly commandProperty?: readonly string[]
  readonly commandConfig?: string
  readonly brokerConfig?: readonly string[]
}

const MOST_CONTESTANTS = 8
const MOST_RATES = 100
const MOST_THREADS = 64
/** What sends does not wait for what reads, nor the other way round. */
const THREADS = 4
const DURATION_S = 10
const WARM_UP_S = 3

const EXAMPLES = `
Examples:
  pafka-perf sweep --brokers pafka=127.0.0.1:9092 kafka=127.0.0.1:9093 --report sweep.html
  pafka-perf sweep --brokers a=127.0.0.1:9092 --rates 1000,10000,100000 --groups 1 --rounds 5
  pafka-perf sweep --brokers open=127.0.0.1:9092 safe=127.0.0.1:9093 \\
    --broker-config safe=sasl-ssl.properties
  pafka-perf sweep --brokers a=127.0.0.1:9092 --workloads 1-topic-16-partitions-1kb.yaml

Brokers are measured in turn, at each rate and in each round. Without rates it finds the highest
one, and goes up to it. Workload files are those of the OpenMessaging Benchmark.
`

/** `pafka-perf sweep`: latency against throughput, of one or several brokers. */
export function sweepCommand(context: CommandContext): Command {
  return new Command('sweep')
    .description('Measure latency against throughput, of several brokers in turn; a report.')
    .requiredOption('--brokers <name=host:port...>', 'whom to measure')
    .option('--workloads <path...>', 'files; what they say goes before options')
    .option('--rates <list>', 'records/s with commas; up to the highest by default')
    .option('--steps <n>', 'how many rates, where none are named', '7')
    .option('--rounds <n>', 'how often each is measured', '3')
    .option('--duration <seconds>', `of each measurement; ${DURATION_S}, or of the workload`)
    .option('--warmup <seconds>', `before it; ${WARM_UP_S}, or of the workload`)
    .option('--partitions <n>', 'of the topic', '16')
    .option('--record-size <bytes>', 'of each value, at random', '1024')
    .option('--producers <n>', 'each with connections of its own', '1')
    .option('--groups <n>', 'that read it meanwhile, one consumer each', '1')
    .option('--threads <n>', 'that share producers and groups, at most', String(THREADS))
    .option('--replicas <n>', 'of each partition; as the broker has it by default')
    .option('--title <text>', 'of the report', 'Latency against throughput')
    .option('--report <path>', 'one HTML file', 'sweep.html')
    .option('--png <path>', 'the main plot as an image')
    .option('--result <path>', 'all figures as JSON, histograms too')
    .option('--software <name=text...>', 'what a broker is, for the report')
    .option('--note <text...>', 'what a reader should know besides')
    .option('--seed <n>', 'of what is random, to have it again')
    .option('--command-property <name=value...>', "Kafka's properties of clients")
    .option('--command-config <path>', 'a file of such properties')
    .option('--broker-config <name=path...>', 'files of those of one broker, which go before')
    .addHelpText('after', EXAMPLES)
    .action((options: SweepCommandOptions) => sweep(options, context))
}

async function sweep(options: SweepCommandOptions, context: CommandContext): Promise<void> {
  const contestants = contestantsOf(options, context)
  const { replicas, report, png, result: resultPath } = options
  checkResults({ report, png, result: resultPath })
  if (png !== undefined) await checkImages()
  const result = await sweepRun(
    {
      ...{ contestants, title: options.title, notes: options.note ?? [] },
      workloads: await workloadsOf(options),
      rates: ratesOf(options.rates),
      steps: countOf('steps', options.steps, 1),
      rounds: countOf('rounds', options.rounds, 1),
      replicas: replicas === undefined ? undefined : countOf('replicas', replicas, 1),
      seed: options.seed === undefined ? Date.now() : countOf('seed', options.seed, 0),
      threads: countOf('threads', options.threads, 1, MOST_THREADS),
      command: thisCommand(),
    },
    context,
  )
  if (result.points.length === 0) return
  if (resultPath !== undefined) writeResult('result', resultPath, JSON.stringify(result))
  writeResult('report', report, await reportHtml(result))
  await context.write(`report: ${report}\n`)
  if (png !== undefined) writeResult('png', png, await reportPng(result))
  if (result.points.some(isFailed)) context.exit(1)
}

/** @throws {ConfigError} where no image can be drawn */
async function checkImages(): Promise<void> {
  try {
    await loadCanvas()
  } catch (error) {
    throw new ConfigError([`--png: ${messageOf(error)}`])
  }
}

function contestantsOf(options: SweepCommandOptions, context: CommandContext): ContestantSpec[] {
  const named = options.brokers.map((pair) => namedOf('brokers', pair))
  const names = named.map(([name]) => name)
  const problems = names
    .filter((name, at) => names.indexOf(name) !== at)
    .map((name) => `--brokers: ${name} is there twice`)
  if (named.length > MOST_CONTESTANTS) problems.push(`--brokers: at most ${MOST_CONTESTANTS}`)
  const ofEach = (option: string, pairs: readonly string[] = []): Map<string, string> => {
    const values = new Map<string, string>()
    for (const [name, value] of pairs.map((pair) => namedOf(option, pair))) {
      if (values.has(name)) problems.push(`--${option}: ${name} is there twice`)
      if (!names.includes(name)) problems.push(`--${option}: there is no ${name} in --brokers`)
      values.set(name, value)
    }
    return values
  }
  const software = ofEach('software', options.software)
  const files = ofEach('broker-config', options.brokerConfig)
  if (problems.length > 0) throw new ConfigError(problems)
  const ignored = new Set<string>()
  const specs = named.map(([name, address]) => {
    const own = files.get(name)
    const read = contestantProperties(options, own)
    const kafka = kafkaSettings(read, address)
    const producer = producerSettings(read)
    for (const one of ignoredOf(read, own)) ignored.add(one)
    return { name, kafka, producer, software: software.get(name) }
  })
  tellIgnored([...ignored], context)
  return specs
}

/** Those of all, and before them those of one. @param own the path of a file */
function contestantProperties(
  { commandConfig, commandProperty }: SweepCommandOptions,
  own: string | undefined,
): PropertyReader {
  const all = propertiesOf({ files: [commandConfig], pairs: [commandProperty] })
  const ofOne = propertiesOf({ files: [own], pairs: [] })
  return new PropertyReader(new Map([...all.all, ...ofOne.all]))
}

/** @throws {ConfigError} that names the file, where there is one */
function ignoredOf(read: PropertyReader, own: string | undefined): readonly string[] {
  try {
    return read.end()
  } catch (error) {
    if (!(error instanceof ConfigError) || own === undefined) throw error
    throw new ConfigError(error.problems.map((problem) => `${own}: ${problem}`))
  }
}

function namedOf(option: string, pair: string): [name: string, value: string] {
  const at = pair.indexOf('=')
  if (at > 0 && at < pair.length - 1) return [pair.slice(0, at), pair.slice(at + 1)]
  throw new ConfigError([`--${option}: ${pair} should be name=value`])
}

function ratesOf(list: string | undefined): number[] {
  if (list === undefined) return []
  const rates = list.split(',').map(Number)
  if (rates.length <= MOST_RATES && rates.every((rate) => rate > 0 && Number.isFinite(rate))) {
    return rates
  }
  throw new ConfigError([`--rates: ${list} is no list of 1 to ${MOST_RATES} rates above 0`])
}

async function workloadsOf(options: SweepCommandOptions): Promise<Workload[]> {
  const paths = options.workloads ?? []
  const given =
    paths.length === 0 ? [ownWorkload(options)] : await Promise.all(paths.map(readWorkload))
  const { duration, warmup } = options
  const workloads = given.map((workload) => ({
    ...workload,
    ...(duration !== undefined && { durationMs: countOf('duration', duration, 1) * SECOND_MS }),
    ...(warmup !== undefined && { warmUpMs: countOf('warmup', warmup, 0) * SECOND_MS }),
  }))
  const names = workloads.map(({ name }) => name)
  const problems = [
    ...workloads
      .filter(({ backlogBytes }) => backlogBytes > 0)
      .map(({ name }) => `${name}: consumerBacklogSizeGB: \`pafka-perf catch-up\` measures that`),
    ...names
      .filter((name, at) => names.indexOf(name) !== at)
      .map((name) => `--workloads: two are called ${name}`),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
  return workloads
}

/** What options say. */
function ownWorkload(options: SweepCommandOptions): Workload {
  return simpleWorkload({
    partitions: countOf('partitions', options.partitions, 1),
    recordBytes: countOf('record-size', options.recordSize, 1),
    producers: countOf('producers', options.producers, 1),
    groups: countOf('groups', options.groups, 0),
    ...{ durationMs: DURATION_S * SECOND_MS, warmUpMs: WARM_UP_S * SECOND_MS },
  })
}
