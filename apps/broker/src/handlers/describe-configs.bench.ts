import { DescribeConfigs, encodeResponseFrame } from '@pafka/protocol'
import type { Bench } from '@pafka/testing'

import { HandlerRig } from '../../test/handler-rig.ts'
import { describeConfigs } from './describe-configs.ts'

const TOPICS = 500
const TOPIC_RESOURCE = 2
const VERSION = 4

const names = Array.from({ length: TOPICS }, (_, at) => `topic-${at}`)

async function filledRig(): Promise<HandlerRig> {
  const rig = await HandlerRig.start()
  for (const name of names) await rig.createTopic(name, { configs: { 'retention.ms': '5000' } })
  return rig
}

const rig = filledRig()

const request = {
  resources: names.map((resourceName) => ({
    resourceType: TOPIC_RESOURCE,
    resourceName,
    configurationKeys: null,
  })),
  includeSynonyms: true,
  includeDocumentation: true,
}

export const benches: readonly Bench[] = [
  {
    name: `describe ${TOPICS} topics with synonyms and documentation`,
    async run(times) {
      const { broker } = await rig
      for (let left = times; left > 0; left -= 1) {
        const answer = describeConfigs.answer(request, broker, {} as never)
        encodeResponseFrame(DescribeConfigs, VERSION, left, answer as never)
      }
    },
  },
]
