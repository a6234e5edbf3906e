import { references } from '../clients.ts'
import { compareRecords } from '../compare.ts'
import { runDriver } from '../driver.ts'
import type { InstalledClient } from '../installed-client.ts'
import { until } from '../referee/referee.ts'
import { expectNoProblem, type Arena } from './arena.ts'
import type { Scenario } from './scenario.ts'

const PARTITIONS = 3
const ABORT_EVERY = 3

/**
 * Copies a topic in transactions, offsets in them, each third aborted and done again. What was
 * committed is read by this client and by those that all are compared with: it is the source.
 */
export const transactions: Scenario = {
  async run(arena, installed, others) {
    const { client } = installed
    const source = await arena.createTopic(client, 'transactions', PARTITIONS)
    const target = await arena.createTopic(client, 'transactions-copy', PARTITIONS)
    const group = arena.name(client, 'transactions')
    const sent = arena.records(client)
    await arena.produce(installed, source, sent)
    const transactionalId = arena.name(client, 'copier')
    const from = { bootstrap: arena.bootstrap, topic: source, group, count: sent.length }
    const to = { target, 'transactional-id': transactionalId, 'abort-every': ABORT_EVERY }
    await runDriver(installed, 'copy', { ...from, ...to })
    // a transaction has ended when its end is certain; that the group hears of it may come after
    const isCommitted = (): Promise<boolean> =>
      arena.expectCommittedToEnd(group, { topic: source, partitions: PARTITIONS }).then(
        () => true,
        () => false,
      )
    await until(isCommitted, `${group} is committed to the end of ${source}`)
    await expectAborts(arena, target, sent.length)
    for (const reader of [installed, ...readersBeside(installed, others)]) {
      const what = `committed-by-${client.name}`
      const options = { topic: target, group: arena.name(reader.client, what) }
      const seen = await arena.consume(reader, { ...options, count: sent.length, committed: true })
      expectNoProblem(compareRecords(sent, seen), `${reader.client.name} reads ${target}`)
    }
  },
}

function readersBeside(
  { client }: InstalledClient,
  others: readonly InstalledClient[],
): InstalledClient[] {
  return others.filter((other) => other.client !== client && references.includes(other.client.name))
}

/** Or there was nothing that readers of what is committed had to leave out. */
async function expectAborts(arena: Arena, target: string, committed: number): Promise<void> {
  const ends = await arena.referee.endOffsets(target, PARTITIONS)
  let records = 0
  let markers = 0
  for (const [partition, end] of ends.entries()) {
    for (const batch of await arena.referee.batches(target, partition, end)) {
      if (batch.isControl) markers += 1
      else records += batch.count
    }
  }
  if (records > committed && markers > 1) return
  throw new Error(`${target}: ${records} records and ${markers} markers, nothing was aborted`)
}
