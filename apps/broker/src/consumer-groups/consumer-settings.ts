import type { BrokerConfig } from '../config/broker-config.ts'
import type { GroupConfigs } from '../metadata/group-configs.ts'
import type { ConsumerGroupSettings, MigrationPolicy } from './consumer-world.ts'

/** What of the broker's configuration is about consumer groups, and what groups say themselves. */
export function consumerSettings(
  config: BrokerConfig,
  groupConfigs: Pick<GroupConfigs, 'valuesOf'>,
): ConsumerGroupSettings {
  return {
    timesOf: (groupId) => {
      const values = groupConfigs.valuesOf(groupId)
      return {
        sessionTimeoutMs: values.consumerSessionTimeoutMs,
        heartbeatIntervalMs: values.consumerHeartbeatIntervalMs,
        assignmentIntervalMs: values.consumerAssignmentIntervalMs,
      }
    },
    maxSize: config.groupConsumerMaxSize,
    assignors: config.groupConsumerAssignors,
    migrationPolicy: policyOf(config.groupConsumerMigrationPolicy),
  }
}

/** Kafka reads it in any case. */
function policyOf(text: BrokerConfig['groupConsumerMigrationPolicy']): MigrationPolicy {
  switch (text) {
    case 'BIDIRECTIONAL': {
      return 'bidirectional'
    }
    case 'UPGRADE': {
      return 'upgrade'
    }
    case 'DOWNGRADE': {
      return 'downgrade'
    }
    case 'DISABLED': {
      return 'disabled'
    }
    default: {
      return text
    }
  }
}
