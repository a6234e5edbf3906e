/** What has become of a record that a share group got at. Numbered as in Kafka's records. */
export const DeliveryState = {
  AVAILABLE: 0,
  /** A member has it, until it says what became of it or its time is over. */
  ACQUIRED: 1,
  ACKNOWLEDGED: 2,
  /** Nobody gets it any more: rejected, delivered too often, or not there. */
  ARCHIVED: 4,
} as const
export type DeliveryState = (typeof DeliveryState)[keyof typeof DeliveryState]

/** What a member says became of a record. The numbers are those of requests. */
export const AcknowledgeType = {
  /** There is no record of that offset. */
  GAP: 0,
  ACCEPT: 1,
  RELEASE: 2,
  REJECT: 3,
  /** It needs more time (KIP-1222). */
  RENEW: 4,
} as const
export type AcknowledgeType = (typeof AcknowledgeType)[keyof typeof AcknowledgeType]

export function isFinal(state: DeliveryState): boolean {
  return state === DeliveryState.ACKNOWLEDGED || state === DeliveryState.ARCHIVED
}

/** Offsets with the same state, as they are stored. */
export interface StateBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly state: DeliveryState
  readonly deliveryCount: number
}
