import type { ClientTag, UserEndpoint } from './streams-member.ts'
import type { Tasks } from './tasks.ts'
import type { Topology } from './topology.ts'

/** Fields that are null or -1 are as the member said last. */
export interface StreamsHeartbeatRequest {
  readonly memberId: string
  /** 0 joins, -1 leaves. */
  readonly memberEpoch: number
  /** Of what the member knows of others' endpoints. */
  readonly endpointEpoch: number
  readonly rackId: string | null
  readonly clientId: string
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  /** Said by those who join, and by no others. */
  readonly topology: Topology | null
  /** What the member has. */
  readonly reported: Tasks | null
  readonly processId: string | null
  readonly userEndpoint: UserEndpoint | null
  /** By key, each once. */
  readonly clientTags: readonly ClientTag[] | null
  /** The member cannot go on, and no other should. */
  readonly shutdownApplication: boolean
}
