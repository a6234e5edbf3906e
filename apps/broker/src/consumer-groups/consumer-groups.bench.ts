import type { Bench } from '@pafka/testing'

import { ConsumerStage } from '../../test/consumer-stage.ts'
import { assignUniform } from './assignors/uniform-assignor.ts'
import { NO_PARTITIONS } from './partitions.ts'

const MEMBERS = 100
const TOPICS = 50
const PARTITIONS = 20

const stage = new ConsumerStage()
stage.topics.set('flights', 1000)
const joined = stage.join('a', 'flights')

export const benches: readonly Bench[] = [
  {
    name: 'a heartbeat of a member with 1000 partitions',
    async run(times) {
      await joined
      for (let left = times; left > 0; left -= 1) await stage.beat('a')
      stage.transcript()
    },
  },
  assignment('members that want the same', () => true),
  assignment('members that want half of the topics', (member, topic) => (member + topic) % 2 > 0),
]

function assignment(who: string, wants: (member: number, topic: number) => boolean): Bench {
  const topics = Array.from({ length: TOPICS }, (_, topic) => `t${topic}`)
  const members = Array.from({ length: MEMBERS }, (_, member) => {
    const topicIds = new Set(topics.filter((_id, topic) => wants(member, topic)))
    return { memberId: `m${member}`, instanceId: null, topicIds, before: NO_PARTITIONS }
  })
  return {
    name: `assign ${TOPICS * PARTITIONS} partitions to ${MEMBERS} ${who}`,
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        assignUniform({ members, partitionCount: () => PARTITIONS })
      }
    },
  }
}
