import { compareRecords } from '../compare.ts'
import type { BatchFacts } from '../referee/batch-facts.ts'
import { expectNoProblem } from './arena.ts'
import type { Scenario } from './scenario.ts'

const PARTITIONS = 3

/** The log holds a producer id, and sequences without a gap. */
export const idempotent: Scenario = {
  async run(arena, installed) {
    const { client } = installed
    const topic = await arena.createTopic(client, 'idempotent', PARTITIONS)
    const group = arena.name(client, 'idempotent')
    const sent = arena.records(client)
    await arena.produce(installed, topic, sent, { codec: 'none', idempotent: true })
    const ends = await arena.referee.endOffsets(topic, PARTITIONS)
    for (const [partition, end] of ends.entries()) {
      const batches = await arena.referee.batches(topic, partition, end)
      expectNoProblem(sequenceProblems(batches), `${topic} [${partition}]`)
    }
    const seen = await arena.consume(installed, { topic, group, count: sent.length })
    expectNoProblem(compareRecords(sent, seen), topic)
  },
}

function sequenceProblems(batches: readonly BatchFacts[]): string[] {
  const nextSequences = new Map<number, number>()
  return batches.flatMap(({ producerId, baseSequence, baseOffset, count }) => {
    if (producerId < 0) return [`batch at ${baseOffset} has no producer id`]
    const wanted = nextSequences.get(producerId) ?? 0
    nextSequences.set(producerId, baseSequence + count)
    if (baseSequence === wanted) return []
    return [`batch at ${baseOffset}: sequence ${baseSequence} instead of ${wanted}`]
  })
}
