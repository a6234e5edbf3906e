import { seededRandom, silentLogger, systemClock } from '@pafka/base'
import { DescribeShareGroupOffsets, IncrementalAlterConfigs } from '@pafka/protocol'

import { Cluster, CoordinatorType } from '../src/cluster/cluster.ts'
import { resolveOptions } from '../src/options/resolve-options.ts'

const GROUP = 32
const SET = 0

/** Lets a share group begin at the first record there is, as brokers do not by themselves. */
export async function beginEarliest(bootstrap: string, groupId: string): Promise<void> {
  const config = { name: 'share.auto.offset.reset', configOperation: SET, value: 'earliest' }
  await asking(bootstrap, async (cluster) => {
    const { responses } = await cluster.askController({
      api: IncrementalAlterConfigs,
      request: {
        resources: [{ resourceType: GROUP, resourceName: groupId, configs: [config] }],
        validateOnly: false,
      },
    })
    const [answer] = responses
    if (answer?.errorCode !== 0) throw new Error(`error ${answer?.errorCode}`)
  })
}

/** Offsets of a topic, over all its partitions, before which a share group is done with all. */
export async function doneBefore(
  bootstrap: string,
  groupId: string,
  topicName: string,
): Promise<number> {
  return asking(bootstrap, async (cluster) => {
    const nodeId = await cluster.coordinator(CoordinatorType.GROUP, groupId)
    const { groups } = await cluster.ask(nodeId, {
      api: DescribeShareGroupOffsets,
      request: { groups: [{ groupId, topics: null }] },
    })
    const topic = groups[0]?.topics.find((one) => one.topicName === topicName)
    const offsets = topic?.partitions.map(({ startOffset }) => Math.max(0, startOffset)) ?? []
    return offsets.reduce((sum, one) => sum + one, 0)
  })
}

async function asking<T>(bootstrap: string, ask: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = new Cluster({
    ...resolveOptions(bootstrap),
    ...{ softwareVersion: 'test', random: seededRandom(1), clock: systemClock },
    logger: silentLogger,
  })
  try {
    return await ask(cluster)
  } finally {
    cluster.close()
  }
}
