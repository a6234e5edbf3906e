import { compareRecords } from '../compare.ts'
import { expectNoProblem } from './arena.ts'
import type { Scenario } from './scenario.ts'

const PARTITIONS = 3

/**
 * A consumer commits and closes in the middle; the next one goes on exactly there: nothing twice,
 * nothing lost.
 */
export const restart: Scenario = {
  async run(arena, installed) {
    const { client } = installed
    const topic = await arena.createTopic(client, 'restart', PARTITIONS)
    const group = arena.name(client, 'restart')
    const sent = arena.records(client)
    const third = Math.floor(sent.length / 3)
    await arena.produce(installed, topic, sent)
    const seen = await arena.consume(installed, { topic, group, count: third })
    seen.push(...(await arena.consume(installed, { topic, group, count: third })))
    const later = arena.records(client, arena.flights)
    await arena.produce(installed, topic, later)
    const all = [...sent, ...later]
    seen.push(...(await arena.consume(installed, { topic, group, count: all.length - 2 * third })))
    expectNoProblem(compareRecords(all, seen), `three consumers of ${topic} one after the other`)
    await arena.expectCommittedToEnd(group, { topic, partitions: PARTITIONS })
  },
}
