import type { InputRecord } from '../record.ts'
import { MemberGroup } from './member-group.ts'
import type { Scenario } from './scenario.ts'

const PARTITIONS = 6
const MEMBERS = 2

/**
 * Members are replaced one by one, from the classic protocol to the new one and back, while records
 * come: the group changes its kind on the way, twice, and nothing is missed.
 */
export const migration: Scenario = {
  async run(arena, installed) {
    const { client } = installed
    const topic = await arena.createTopic(client, 'migration', PARTITIONS)
    const group = new MemberGroup(arena, installed, topic)
    const sent: InputRecord[] = []
    const produceMore = async (): Promise<void> => {
      const batch = arena.records(client, sent.length)
      sent.push(...batch)
      await arena.produce(installed, topic, batch)
    }
    try {
      for (let member = 0; member < MEMBERS; member++) group.join('classic')
      await group.expectSpread(MEMBERS, PARTITIONS)
      for (const protocol of ['consumer', 'classic'] as const) {
        for (let member = 0; member < MEMBERS; member++) {
          const producing = produceMore()
          await group.oneLeaves()
          group.join(protocol)
          await producing
          await group.expectSpread(MEMBERS, PARTITIONS)
          await group.expectSeen(sent)
        }
      }
      await group.allLeave()
    } finally {
      group.kill()
    }
    await arena.expectCommittedToEnd(group.name, { topic, partitions: PARTITIONS })
  },
}
