import { seededRandom, silentLogger, systemClock } from '@pafka/base'
import { Fetch, readBatches, readRecords, ZERO_UUID } from '@pafka/protocol'

import { Cluster } from '../src/cluster/cluster.ts'
import { resolveOptions } from '../src/options/resolve-options.ts'

export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

/** All records of a topic, read by nothing but the protocol: by partition, in their order. */
export async function readAll(bootstrap: string, topic: string): Promise<ReadRecord[]> {
  const cluster = new Cluster({
    ...resolveOptions(bootstrap),
    ...{ softwareVersion: 'test', random: seededRandom(1), clock: systemClock },
    logger: silentLogger,
  })
  try {
    const deadlineMs = systemClock.monotonicMs() + 10_000
    const { partitions, id } = await cluster.metadata.topic(topic, { deadlineMs })
    const read: ReadRecord[] = []
    for (const { partition, leaderId } of partitions) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is enough
      read.push(...(await readPartition(cluster, { leaderId, topic, id, partition })))
    }
    return read
  } finally {
    cluster.close()
  }
}

interface Place {
  readonly leaderId: number
  readonly topic: string
  readonly id: string
  readonly partition: number
}

async function readPartition(cluster: Cluster, place: Place): Promise<ReadRecord[]> {
  const read: ReadRecord[] = []
  for (let fetchOffset = 0; ;) {
    // oxlint-disable-next-line no-await-in-loop -- the next begins where this one ends
    const { records, endOffset } = await fetchOnce(cluster, place, fetchOffset)
    for (const batch of readBatches(records)) {
      for (const record of readRecords(batch)) {
        if (record.offset < fetchOffset) continue
        read.push({
          ...{ partition: place.partition, offset: record.offset },
          ...{ key: textOf(record.key), value: textOf(record.value) },
          headers: record.headers().map(({ key, value }) => [key, textOf(value)] as const),
        })
      }
      fetchOffset = batch.nextOffset
    }
    if (fetchOffset >= endOffset) return read
  }
}

async function fetchOnce(
  cluster: Cluster,
  { leaderId, topic, id, partition }: Place,
  fetchOffset: number,
): Promise<{ readonly records: Uint8Array; readonly endOffset: number }> {
  const { responses } = await cluster.ask(leaderId, {
    api: Fetch,
    request: {
      ...{ replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 50_000_000, isolationLevel: 0 },
      ...{ sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [], rackId: '' },
      topics: [
        {
          ...{ topic, topicId: id === ZERO_UUID ? ZERO_UUID : id },
          partitions: [
            {
              ...{ partition, fetchOffset, currentLeaderEpoch: -1, lastFetchedEpoch: -1 },
              ...{ logStartOffset: -1, partitionMaxBytes: 1_000_000 },
            },
          ],
        },
      ],
    },
  })
  const data = responses[0]?.partitions[0]
  if (data === undefined || data.errorCode !== 0) throw new Error(`error ${data?.errorCode}`)
  const records = data.records instanceof Uint8Array ? data.records : new Uint8Array(0)
  return { records, endOffset: data.highWatermark }
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('utf8')
}
