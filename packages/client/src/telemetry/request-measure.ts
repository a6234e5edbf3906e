import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  ConsumerGroupHeartbeat,
  EndTxn,
  Fetch,
  Heartbeat,
  InitProducerId,
  JoinGroup,
  LeaveGroup,
  ListOffsets,
  OffsetCommit,
  OffsetFetch,
  Produce,
  ShareAcknowledge,
  ShareFetch,
  ShareGroupHeartbeat,
  SyncGroup,
  TxnOffsetCommit,
} from '@pafka/protocol'

import type { SentRequest } from '../connection/connection.ts'

/** How long something took, each time, in milliseconds. */
export class Durations {
  count = 0
  totalMs = 0
  mostMs = 0

  add(ms: number): void {
    this.count += 1
    this.totalMs += ms
    this.mostMs = Math.max(this.mostMs, ms)
  }
}

/** Who asked. */
export type RequestRole = 'producer' | 'consumer'

const PRODUCER_APIS = [
  Produce,
  InitProducerId,
  AddPartitionsToTxn,
  AddOffsetsToTxn,
  EndTxn,
  TxnOffsetCommit,
]
const CONSUMER_APIS = [
  ...[Fetch, ListOffsets, OffsetCommit, OffsetFetch, JoinGroup, SyncGroup, Heartbeat, LeaveGroup],
  ...[ConsumerGroupHeartbeat, ShareGroupHeartbeat, ShareFetch, ShareAcknowledge],
]
/** What both ask, as metadata, is nobody's. */
const ROLES: ReadonlyMap<number, RequestRole> = new Map<number, RequestRole>([
  ...PRODUCER_APIS.map(({ key }) => [key, 'producer'] as const),
  ...CONSUMER_APIS.map(({ key }) => [key, 'consumer'] as const),
])

/** What is measured while a broker wants to know it: from one push to the next. */
export class RequestMeasure {
  /** By `host:port`. */
  readonly nodes: Record<RequestRole, Map<string, Durations>> = {
    producer: new Map(),
    consumer: new Map(),
  }
  readonly fetches: Durations = new Durations()
  readonly commits: Durations = new Durations()
  /** For so long brokers let those who produce wait; 0 mostly. */
  readonly produceThrottles: Durations = new Durations()
  /** From the first record of a batch to its first sending. */
  readonly queues: Durations = new Durations()

  answered({ apiKey, broker }: SentRequest, tookMs: number, throttleMs: number): void {
    const role = ROLES.get(apiKey)
    if (role === undefined) return
    const nodes = this.nodes[role]
    const node = nodes.get(broker) ?? new Durations()
    nodes.set(broker, node)
    node.add(tookMs)
    if (apiKey === Produce.key) this.produceThrottles.add(throttleMs)
    else if (apiKey === Fetch.key) this.fetches.add(tookMs)
    else if (apiKey === OffsetCommit.key) this.commits.add(tookMs)
  }
}
