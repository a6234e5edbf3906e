import type { BrokerConfig } from '../config/broker-config.ts'
import type { ShareGroupSettings, ShareSettings } from './share-world.ts'

/** What of the broker's configuration is about share groups. */
export function shareSettings(config: BrokerConfig): ShareSettings {
  const settings: ShareGroupSettings = {
    sessionTimeoutMs: config.groupShareSessionTimeoutMs,
    heartbeatIntervalMs: config.groupShareHeartbeatIntervalMs,
    assignmentIntervalMs: config.groupShareAssignmentIntervalMs,
    lockMs: config.groupShareRecordLockDurationMs,
    maxDeliveries: config.groupShareDeliveryCountLimit,
    maxLocks: config.groupSharePartitionMaxRecordLocks,
    startAt: { kind: 'latest' },
    readsCommitted: false,
    mayRenew: true,
  }
  return { maxSize: config.groupShareMaxSize, settingsOf: () => settings }
}
