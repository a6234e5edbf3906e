import { encodeRecordBatch, Produce, ZERO_UUID } from '@pafka/protocol'
import type { Bench } from '@pafka/testing'

import type { BrokerOptions } from './broker-options.ts'
import { Broker } from './broker.ts'
import { WireClient } from './try/wire-client.ts'

const TOPIC = 'orders'

const request = {
  transactionalId: null,
  acks: -1,
  timeoutMs: 5000,
  topicData: [{ name: TOPIC, topicId: ZERO_UUID, partitionData: [{ index: 0, records: batch() }] }],
}

function batch(): Uint8Array {
  const record = { timestamp: Date.now(), key: null, value: Buffer.from('tea'), headers: [] }
  return encodeRecordBatch({ records: [record] })
}

/** What a test pays for a broker of its own, and its first record. */
async function startToFirstAck(options: BrokerOptions): Promise<void> {
  await using broker = await Broker.start({ ...options, topics: [TOPIC] })
  using client = await WireClient.connect(broker.bootstrap)
  await client.send(Produce, 9, request)
}

export const benches: readonly Bench[] = (['memory', 'temporary'] as const).map((data) => ({
  name: `start a broker, data: ${data}, to its first acknowledged record, and stop it`,
  async run(times) {
    for (let left = times; left > 0; left--) await startToFirstAck({ data })
  },
}))
