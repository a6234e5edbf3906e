import { batchSizeOf, nextOffsetOf } from '@pafka/protocol'

import { NEVER } from '../config/log-config.ts'
import type { LogWriterOwner } from '../partition/log-writer.ts'

/** Exclusive end of the offsets of whole batches. */
export function endOf(batches: Uint8Array): number {
  let end = 0
  for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) {
    end = nextOffsetOf(batches, at)
  }
  return end
}

/** Messages between barriers. Who asks for nothing gets one before every ack. */
export function barrierMessages({
  flushMessages,
  flushMs,
}: Pick<LogWriterOwner, 'flushMessages' | 'flushMs'>): number {
  return flushMessages === NEVER && flushMs === NEVER ? 1 : flushMessages
}
