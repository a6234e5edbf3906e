// `pnpm --filter client bench`: this client beside others, in one run. `--help` says how.
import { Command } from 'commander'

import { median } from './median.ts'
import { openBroker } from './open-broker.ts'
import { type Measured, runOnce } from './run-once.ts'
import { contestants } from './contestants/index.ts'
import { fill, makeTopic } from './topics.ts'
import { workloads } from './workloads.ts'

interface Options {
  readonly brokers?: string
  readonly clients: string
  readonly only?: readonly string[]
  readonly workloads?: readonly string[]
  readonly rounds: string
  readonly seconds: string
  readonly records: string
  readonly rate: string
  readonly partitions: string
}

const command = new Command('bench')
  .description('@pafka/client beside other clients for Node: 100-byte records, acks=all')
  .option('--brokers <host:port>', 'a Kafka that runs; a broker of this project by default')
  .option('--clients <folder>', 'where other clients are installed by npm', process.cwd())
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
const names = options.workloads ?? Object.keys(workloads)
const taking = contestants.filter(({ name }) => {
  return options.only?.some((word) => name.includes(word)) ?? true
})

await using broker = await openBroker(options.brokers)
const course = { brokers: broker.address, clients: options.clients }
const partitions = Number(options.partitions)
const consumed = `bench-consumed-${Date.now()}`
if (names.some((name) => name.startsWith('consume'))) {
  await makeTopic(broker.address, consumed, partitions)
  await fill(broker.address, consumed, load.records)
}
console.log(`| workload | client | records/s | p50 | p95 | p99 ms | processor s | resident MB |`)
console.log(`| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |`)
for (const workload of names) {
  const runs = new Map(taking.map(({ name }) => [name, [] as Measured[]]))
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const { name } of taking) {
      let topic = consumed
      if (!workload.startsWith('consume')) {
        topic = `bench-${workload}-${Date.now()}`
        // oxlint-disable-next-line no-await-in-loop -- one run after the other
        await makeTopic(broker.address, topic, partitions)
      }
      // oxlint-disable-next-line no-await-in-loop -- as above
      const measured = await runOnce(name, workload, { course: { ...course, topic }, load })
      runs.get(name)?.push(measured)
    }
  }
  for (const [name, all] of runs) console.log(row(workload, name, all))
}

function row(workload: string, name: string, all: readonly Measured[]): string {
  const failure = all.find(({ error }) => error !== undefined)?.error
  if (failure !== undefined) return `| ${workload} | ${name} | ${failure} |`
  const of = (figure: keyof Measured, digits: number): string => {
    const values = all.map((one) => one[figure]).filter((value) => typeof value === 'number')
    return values.length === 0 ? '' : median(values).toFixed(digits)
  }
  const times = (['p50', 'p95', 'p99'] as const).map((figure) => of(figure, 2)).join(' | ')
  const costs = `${of('cpuSeconds', 1)} | ${of('residentMb', 0)}`
  return `| ${workload} | ${name} | ${of('recordsPerSecond', 0)} | ${times} | ${costs} |`
}
