import { DecodeError } from '@pafka/base'
import {
  ShareSnapshotKey,
  ShareSnapshotValue,
  type ShareSnapshotValueStateBatch,
  ShareUpdateKey,
  ShareUpdateValue,
  WireReader,
} from '@pafka/protocol'

import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { decodeRecordValue, encodeRecord } from '../coordinator-log/record-parts.ts'
import { DeliveryState, isFinal, type StateBatch } from './delivery-state.ts'
import type { PartitionState } from './share-partition.ts'

/** Of keys. */
const VERSION = 0
/** Of a partition that the group has not begun with. */
export const NO_START_OFFSET = -1

/** Partition of a topic, as one group sees it. */
export interface SharePlace {
  readonly groupId: string
  readonly topicId: string
  readonly partition: number
}

/** What is stored of a place. Field for field `ShareSnapshotValue`. */
export interface StoredState extends PartitionState {
  /** Rises with each snapshot. */
  readonly snapshotEpoch: number
  /** Rises when somebody sets the start offset. */
  readonly stateEpoch: number
  readonly leaderEpoch: number
  readonly createdMs: number
}

/** As clients name it to FindCoordinator, too. */
export function keyOfPlace({ groupId, topicId, partition }: SharePlace): string {
  return `${groupId}:${topicId}:${partition}`
}

/** All that is known of a place. Source: Kafka 4.3 `ShareSnapshotKey.json`, `...Value.json`. */
export function snapshotRecord(
  place: SharePlace,
  state: StoredState,
  writtenMs: number,
): CoordinatorRecord {
  return encodeRecord(ShareSnapshotKey, place, ShareSnapshotValue, {
    snapshotEpoch: state.snapshotEpoch,
    stateEpoch: state.stateEpoch,
    leaderEpoch: state.leaderEpoch,
    startOffset: state.startOffset,
    deliveryCompleteCount: state.completeCount,
    createTimestamp: state.createdMs,
    writeTimestamp: writtenMs,
    stateBatches: state.batches.map(({ firstOffset, lastOffset, state: is, deliveryCount }) => ({
      firstOffset,
      lastOffset,
      deliveryState: is,
      deliveryCount,
    })),
  })
}

/** What takes a place out of the log again, whoever wrote it. */
export function stateTombstones(place: SharePlace): CoordinatorRecord[] {
  return [
    encodeRecord(ShareUpdateKey, place, ShareUpdateValue, null),
    encodeRecord(ShareSnapshotKey, place, ShareSnapshotValue, null),
  ]
}

/** What a record says of a place: all, or what has changed since. */
export type StateRecord =
  | { readonly kind: 'snapshot'; readonly place: SharePlace; readonly state: StoredState | null }
  | { readonly kind: 'update'; readonly place: SharePlace; readonly update: StateUpdate | null }

export interface StateUpdate {
  readonly snapshotEpoch: number
  readonly leaderEpoch: number
  /** -1 when it is the same. */
  readonly startOffset: number
  readonly batches: readonly StateBatch[]
}

/** @returns undefined for a key of another kind. @throws {DecodeError} */
export function decodeStateRecord({ key, value }: CoordinatorRecord): StateRecord | undefined {
  const reader = new WireReader(key)
  const recordType = reader.int16()
  if (recordType === ShareSnapshotKey.recordType) {
    const place = ShareSnapshotKey.decode(reader, VERSION)
    const fields = decodeRecordValue(ShareSnapshotValue, value)
    return { kind: 'snapshot', place, state: fields && stateFrom(fields) }
  }
  if (recordType !== ShareUpdateKey.recordType) return undefined
  const place = ShareUpdateKey.decode(reader, VERSION)
  const fields = decodeRecordValue(ShareUpdateValue, value)
  const update = fields && {
    snapshotEpoch: fields.snapshotEpoch,
    leaderEpoch: fields.leaderEpoch,
    startOffset: fields.startOffset,
    batches: batchesFrom(fields.stateBatches),
  }
  return { kind: 'update', place, update }
}

/** Kafka, too, writes what has changed since a snapshot: it is the same with it put in. */
export function withUpdate(state: StoredState, update: StateUpdate): StoredState {
  if (update.snapshotEpoch < state.snapshotEpoch) return state
  const startOffset = Math.max(state.startOffset, update.startOffset)
  let { batches } = state
  for (const batch of update.batches) batches = withBatch(batches, batch)
  const { leaderEpoch } = update
  return { ...state, leaderEpoch, startOffset, batches, completeCount: completeIn(batches) }
}

function withBatch(batches: readonly StateBatch[], batch: StateBatch): StateBatch[] {
  const { firstOffset, lastOffset } = batch
  const others = batches.flatMap((one) => {
    const parts: StateBatch[] = []
    if (one.firstOffset < firstOffset) {
      parts.push({ ...one, lastOffset: Math.min(one.lastOffset, firstOffset - 1) })
    }
    if (one.lastOffset > lastOffset) {
      parts.push({ ...one, firstOffset: Math.max(one.firstOffset, lastOffset + 1) })
    }
    return parts
  })
  return [...others, batch].toSorted((one, other) => one.firstOffset - other.firstOffset)
}

function stateFrom(fields: ShareSnapshotValue): StoredState {
  const { startOffset } = fields
  if (startOffset < NO_START_OFFSET || !Number.isSafeInteger(startOffset)) {
    throw new DecodeError(`a stored state cannot begin at ${startOffset}`)
  }
  const batches = batchesFrom(fields.stateBatches)
  return {
    snapshotEpoch: fields.snapshotEpoch,
    stateEpoch: fields.stateEpoch,
    leaderEpoch: fields.leaderEpoch,
    startOffset,
    batches,
    completeCount: completeIn(batches),
    createdMs: fields.createTimestamp,
  }
}

function completeIn(batches: readonly StateBatch[]): number {
  let count = 0
  for (const { firstOffset, lastOffset, state } of batches) {
    if (isFinal(state)) count += lastOffset - firstOffset + 1
  }
  return count
}

function batchesFrom(fields: readonly ShareSnapshotValueStateBatch[]): StateBatch[] {
  let before = -1
  const sorted = fields.toSorted((one, other) => one.firstOffset - other.firstOffset)
  return sorted.map(({ firstOffset, lastOffset, deliveryState, deliveryCount }) => {
    const isRange = firstOffset > before && lastOffset >= firstOffset
    if (!isRange || !Number.isSafeInteger(lastOffset + 1)) {
      throw new DecodeError('the batches of a stored state contradict each other')
    }
    before = lastOffset
    return { firstOffset, lastOffset, state: stateOf(deliveryState), deliveryCount }
  })
}

/** Whatever is not done with is available to those who come next. */
function stateOf(code: number): DeliveryState {
  const { ACKNOWLEDGED, ARCHIVED, AVAILABLE } = DeliveryState
  if (code === ACKNOWLEDGED || code === ARCHIVED) return code
  return AVAILABLE
}
