import { assert, vi } from 'vitest'

import { startBroker } from '../stage-broker.ts'

export type Print = (...values: unknown[]) => void

interface Program {
  run(brokers: string[], print: Print): Promise<void>
}

/** What a program prints: with kafkajs, and with this client in its place. */
export interface Twice {
  readonly theirs: unknown[]
  readonly ours: unknown[]
}

export interface Stage {
  /** With their partitions. */
  readonly topics?: Readonly<Record<string, number>>
}

/** Runs a program two times, each with a broker of its own. */
export async function twice(load: () => Promise<Program>, stage: Stage = {}): Promise<Twice> {
  vi.doUnmock('kafkajs')
  vi.resetModules()
  const theirs = await printed(await load(), stage)
  const { Kafka } = await import('kafkajs')
  vi.doMock('kafkajs', async () => import('../../src/kafkajs/index.ts'))
  vi.resetModules()
  const ours = await printed(await load(), stage)
  assert(Kafka !== (await import('kafkajs')).Kafka, 'it ran with both of them')
  vi.doUnmock('kafkajs')
  return { theirs, ours }
}

async function printed(program: Program, { topics = {} }: Stage): Promise<unknown[]> {
  const lines: unknown[] = []
  await using broker = await startBroker({
    topics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
    config: { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 1000 },
  })
  await program.run([broker.bootstrap], (...values) => lines.push(values))
  return lines
}
