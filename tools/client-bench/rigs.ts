import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { OpenBroker } from './open-broker.ts'
import type { Measured } from './run-once.ts'

const run = promisify(execFile)
const KAFKA_PORT = '29092'
const RECORD_BYTES = 100
/** For whoever sends as fast as it can: enough for some seconds. */
const PRODUCED = 10_000_000

/** Clients that are programs of their own. */
export interface RigRun {
  readonly name: string
  readonly workload: string
  measure(brokers: string, topic: string, records: number): Promise<Measured>
}

/** What a folder of rigs has: an Apache Kafka with Java's own tools, and a load generator in Go. */
export function rigRuns(rigs: string): readonly RigRun[] {
  const kafka = join(rigs, 'kafka')
  const load = join(rigs, 'load')
  return [
    {
      name: 'Java',
      workload: 'batches',
      async measure(brokers, topic) {
        const args = ['--topic', topic, '--num-records', `${PRODUCED}`, '--throughput', '-1']
        const props = ['--producer-props', `bootstrap.servers=${brokers}`, 'acks=all']
        const size = ['--record-size', `${RECORD_BYTES}`]
        const tool = 'org.apache.kafka.tools.ProducerPerformance'
        const { stdout } = await run(kafka, ['tool', tool, ...args, ...size, ...props])
        return rateIn(stdout, /([\d.]+) records\/sec \([^)]*\), [\d.]+ ms avg latency.*th/u)
      },
    },
    {
      name: 'Java',
      workload: 'consume-each',
      async measure(brokers, topic, records) {
        const args = ['--bootstrap-server', brokers, '--topic', topic, '--messages', `${records}`]
        const tool = 'org.apache.kafka.tools.ConsumerPerformance'
        const { stdout } = await run(kafka, ['tool', tool, ...args])
        // of its columns the last is records a second without the time to join
        return rateIn(stdout, /, ([\d.]+)\s*$/u)
      },
    },
    {
      name: 'franz-go',
      workload: 'batches',
      async measure(brokers, topic) {
        const args = ['-brokers', brokers, '-topic', topic, '-size', `${RECORD_BYTES}`]
        const { stdout } = await run(load, [...args, '-records', `${PRODUCED}`])
        return rateIn(stdout, /records\/s ([\d.]+)/u)
      },
    },
    {
      name: 'franz-go',
      workload: 'consume-each',
      async measure(brokers, topic, records) {
        const args = ['-mode', 'consume', '-brokers', brokers, '-topic', topic]
        const { stdout } = await run(load, [...args, '-records', `${records}`])
        return rateIn(stdout, /records\/s ([\d.]+)/u)
      },
    },
  ]
}

/** @throws when it cannot be started */
export async function startKafka(rigs: string): Promise<OpenBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-kafka-'))
  const env = { ...process.env, KAFKA_PORT }
  await run(join(rigs, 'kafka'), ['up', folder], { env })
  return {
    address: `127.0.0.1:${KAFKA_PORT}`,
    async [Symbol.asyncDispose]() {
      await run(join(rigs, 'kafka'), ['down'], { env })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function rateIn(text: string, pattern: RegExp): Measured {
  const rate = Number(pattern.exec(text)?.[1])
  return Number.isNaN(rate) ? { error: 'no figure' } : { recordsPerSecond: rate }
}
