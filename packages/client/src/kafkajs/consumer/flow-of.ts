import type { OwnLane } from '../../connection/broker-link.ts'
import type { PartitionReader } from '../../consumer/partition-reader.ts'
import { RecordFlow } from '../../consumer/record-flow.ts'
import type { Connected } from '../client-session.ts'
import type { EventEmitter } from '../events/emitter.ts'
import { CONSUMER_EVENTS } from './consumer-events.ts'
import type { ConsumerConfig } from './consumer-types.ts'

const DEFAULTS = {
  ...{ maxBytesPerPartition: 1_048_576, minBytes: 1, maxBytes: 10_485_760, maxWaitTimeInMs: 5000 },
}

/** A seek waits for the fetch that is under way: brokers keep none for longer. */
const MOST_WAIT_MS = 500

export interface FlowParts {
  readonly connected: Connected
  readonly config: ConsumerConfig
  readonly topics: ReadonlyMap<string, { readonly fromBeginning: boolean }>
  readonly events: EventEmitter
}

/** What a consumer reads its records by, as the program wants it. */
export function flowOf(
  { connected, config, topics, events }: FlowParts,
  lane: OwnLane,
  wasReset: (reader: PartitionReader) => void,
): RecordFlow {
  const { cluster, random, options } = connected
  const terms = { ...DEFAULTS, ...config }
  return new RecordFlow({
    ...{ cluster, clock: options.clock, random, lane },
    terms: {
      readsCommitted: config.readUncommitted !== true,
      rack: config.rackId ?? '',
      maxWaitMs: Math.min(terms.maxWaitTimeInMs, MOST_WAIT_MS),
      minBytes: terms.minBytes,
      maxBytes: terms.maxBytes,
      partitionMaxBytes: terms.maxBytesPerPartition,
    },
    reset: (topic) => (topics.get(topic)?.fromBeginning === true ? 'earliest' : 'latest'),
    wasReset,
    watch: {
      begins: (nodeId) => events.emit(CONSUMER_EVENTS.FETCH_START, { nodeId }),
      ended: (nodeId, durationMs) => {
        const duration = Math.round(durationMs)
        // records are counted by the batches that are handled
        events.emit(CONSUMER_EVENTS.FETCH, { numberOfBatches: 0, duration, nodeId })
      },
    },
  })
}
