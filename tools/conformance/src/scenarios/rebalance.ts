import type { InputRecord } from '../record.ts'
import { type GroupProtocol, MemberGroup } from './member-group.ts'
import type { Scenario } from './scenario.ts'

const PARTITIONS = 6
const MEMBERS = 3

/**
 * Three members share six partitions, one leaves while records come, the others take over; nothing
 * is missed.
 */
function rebalanceBy(protocol: GroupProtocol): Scenario {
  return {
    async run(arena, installed) {
      const { client } = installed
      const topic = await arena.createTopic(client, `rebalance-${protocol}`, PARTITIONS)
      const group = new MemberGroup(arena, installed, topic)
      const batch = (n: number): InputRecord[] => arena.records(client, n * arena.flights)
      try {
        await arena.produce(installed, topic, batch(0))
        for (let member = 0; member < MEMBERS; member++) group.join(protocol)
        await group.expectSpread(MEMBERS, PARTITIONS)
        await group.expectSeen(batch(0))
        const producing = arena.produce(installed, topic, batch(1))
        await group.oneLeaves()
        await producing
        await group.expectSpread(MEMBERS - 1, PARTITIONS)
        await arena.produce(installed, topic, batch(2))
        const dropped = client.dropsOneLeaving ? 1 : 0
        await group.expectSeen([...batch(0), ...batch(1), ...batch(2)], dropped)
        await group.allLeave()
      } finally {
        group.kill()
      }
      await arena.expectCommittedToEnd(group.name, { topic, partitions: PARTITIONS })
    },
  }
}

export const rebalance: Scenario = rebalanceBy('classic')
export const consumerProtocol: Scenario = rebalanceBy('consumer')
