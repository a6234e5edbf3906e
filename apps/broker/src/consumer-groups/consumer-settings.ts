import type { BrokerConfig } from '../config/broker-config.ts'
import type { ConsumerGroupSettings, MigrationPolicy } from './consumer-world.ts'

/** What of the broker's configuration is about consumer groups. */
export function consumerSettings(config: BrokerConfig): ConsumerGroupSettings {
  return {
    sessionTimeoutMs: config.groupConsumerSessionTimeoutMs,
    heartbeatIntervalMs: config.groupConsumerHeartbeatIntervalMs,
    maxSize: config.groupConsumerMaxSize,
    assignors: config.groupConsumerAssignors,
    migrationPolicy: policyOf(config.groupConsumerMigrationPolicy),
    assignmentIntervalMs: config.groupConsumerAssignmentIntervalMs,
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
