// `pnpm --filter client bench`: this client beside others, in one run. `--help` says how.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { Command } from 'commander'

import { bundle } from './bundle.ts'
import { contestants } from './contestants/index.ts'
import { median } from './median.ts'
import { type OpenBroker, openBroker } from './open-broker.ts'
import { rigRuns, startKafka } from './rigs.ts'
import { type Measured, runOnce } from './run-once.ts'
import { fill, makeTopic } from './topics.ts'
import { workloads } from './workloads.ts'

interface Options {
  readonly brokers?: string
  readonly kafka?: boolean
  readonly rigs: string
  readonly clients: string
  readonly only?: readonly string[]
  readonly workloads?: readonly string[]
  readonly rounds: string
  readonly seconds: string
  readonly records: string
  readonly rate: string
  readonly partitions: string
}

const RIGS = join(import.meta.dirname, '../../../shared/rigs')

const command = new Command('bench')
  .description('@pafka/client beside other clients: 100-byte records, acks=all')
  .option('--brokers <host:port>', 'a Kafka that runs; a broker of this project by default')
  .option('--kafka', 'an Apache Kafka after it, from the rigs')
  .option('--rigs <folder>', 'with Apache Kafka, its tools, and a load generator in Go', RIGS)
  .option('--clients <folder>', 'where other clients for Node are installed', process.cwd())
  .option('--only <name...>', 'contestants whose names have one of these')
  .option('--workloads <name...>', `of ${Object.keys(workloads).join(', ')}`)
  .option('--rounds <n>', 'runs of each; the medians are printed', '3')
  .option('--seconds <n>', 'of one run', '5')
  .option('--records <n>', 'records that are consumed', '3000000')
  .option('--rate <n>', 'records a second, of what is paced', '10000')
  .option('--partitions <n>', 'of each topic', '12')
const options: Options = command.parse().opts()

const load = {
  seconds: Number(options.seconds),
  records: Number(options.records),
  rate: Number(options.rate),
}
const partitions = Number(options.partitions)

await using program = await bundle(join(import.meta.dirname, 'run-one.ts'))

/** Who takes part in a workload, and how each is measured. */
interface Entry {
  readonly name: string
  measure(brokers: string, topic: string): Promise<Measured>
}

function entriesOf(workload: string): Entry[] {
  const nodes = contestants.map(({ name }) => ({
    name,
    measure: (brokers: string, topic: string) => {
      const course = { brokers, topic, clients: options.clients }
      return runOnce(program.path, { contestant: name, workload, course, load })
    },
  }))
  const others = existsSync(options.rigs) ? rigRuns(options.rigs) : []
  const rigs = others
    .filter((one) => one.workload === workload)
    .map((one) => ({
      name: one.name,
      measure: (brokers: string, topic: string) => one.measure(brokers, topic, load.records),
    }))
  return [...nodes, ...rigs].filter(({ name }) => {
    return options.only?.some((word) => name.includes(word)) ?? true
  })
}

async function measureAll(brokerName: string, { address }: OpenBroker): Promise<void> {
  const names = options.workloads ?? Object.keys(workloads)
  const consumed = `bench-consumed-${Date.now()}`
  if (names.some((name) => name.startsWith('consume'))) {
    await makeTopic(address, consumed, partitions)
    await fill(address, consumed, load.records)
  }
  for (const workload of names) {
    const entries = entriesOf(workload).map((entry) => ({ entry, all: [] as Measured[] }))
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const { entry, all } of entries) {
        let topic = consumed
        if (!workload.startsWith('consume')) {
          topic = `bench-${workload}-${Date.now()}`
          // oxlint-disable-next-line no-await-in-loop -- one run after the other
          await makeTopic(address, topic, partitions)
        }
        // oxlint-disable-next-line no-await-in-loop -- as above
        all.push(await entry.measure(address, topic))
      }
    }
    for (const { entry, all } of entries) console.log(row([brokerName, workload, entry.name], all))
  }
}

function row(what: readonly string[], all: readonly Measured[]): string {
  const failure = all.find(({ error }) => error !== undefined)?.error
  if (failure !== undefined) return `| ${[...what, failure].join(' | ')} |`
  const of = (figure: keyof Measured, digits: number): string => {
    const values = all.map((one) => one[figure]).filter((value) => typeof value === 'number')
    return values.length === 0 ? '' : median(values).toFixed(digits)
  }
  const times = [of('p50', 2), of('p95', 2), of('p99', 2)]
  const figures = [of('recordsPerSecond', 0), ...times, of('cpuSeconds', 1), of('residentMb', 0)]
  return `| ${[...what, ...figures].join(' | ')} |`
}

console.log('| broker | workload | client | records/s | p50 | p95 | p99 ms | processor s | MB |')
console.log('| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |')
{
  await using broker = await openBroker(options.brokers)
  await measureAll(options.brokers ?? 'pafka', broker)
}
if (options.kafka === true) {
  await using kafka = await startKafka(options.rigs)
  await measureAll('Kafka', kafka)
}
