import type { BrokerConfig } from '../config/broker-config.ts'
import type { GroupConfigValues } from '../config/group-configs.ts'
import { parseGroupOffsetReset } from '../config/group-offset-reset.ts'
import type { GroupConfigs } from '../metadata/group-configs.ts'
import type { ShareGroupSettings, ShareSettings } from './share-world.ts'

/** What of the broker's configuration is about share groups, and what groups say themselves. */
export function shareSettings(
  config: Pick<BrokerConfig, 'groupShareMaxSize'>,
  groupConfigs: Pick<GroupConfigs, 'valuesOf'>,
): ShareSettings {
  const known = new WeakMap<GroupConfigValues, ShareGroupSettings>()
  return {
    maxSize: config.groupShareMaxSize,
    settingsOf: (groupId) => {
      const values = groupConfigs.valuesOf(groupId)
      const settings = known.get(values) ?? settingsFrom(values)
      known.set(values, settings)
      return settings
    },
  }
}

function settingsFrom(values: GroupConfigValues): ShareGroupSettings {
  return {
    sessionTimeoutMs: values.shareSessionTimeoutMs,
    heartbeatIntervalMs: values.shareHeartbeatIntervalMs,
    assignmentIntervalMs: values.shareAssignmentIntervalMs,
    lockMs: values.shareRecordLockDurationMs,
    maxDeliveries: values.shareDeliveryCountLimit,
    maxLocks: values.sharePartitionMaxRecordLocks,
    startAt: parseGroupOffsetReset(values.shareAutoOffsetReset) ?? { kind: 'latest' },
    readsCommitted: values.shareIsolationLevel === 'read_committed',
    mayRenew: values.shareRenewAcknowledgeEnable,
    deadLetterTopic: values.errorsDeadletterqueueTopicName,
    copiesDeadLetters: values.errorsDeadletterqueueCopyRecordEnable,
  }
}
