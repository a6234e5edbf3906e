/** What fields of authorized operations hold when they were not asked for. */
export const OPERATIONS_NOT_ASKED: number = -2_147_483_648

/** Codes of operations, each a bit. Source: Kafka `AclOperation`. */
const CREATE = 1 << 5
const DELETE = 1 << 6
const ALTER = 1 << 7
const DESCRIBE = 1 << 8
const CLUSTER_ACTION = 1 << 9
const DESCRIBE_CONFIGS = 1 << 10
const ALTER_CONFIGS = 1 << 11
const IDEMPOTENT_WRITE = 1 << 12
const READ = 1 << 3
const WRITE = 1 << 4

/** Everything there is to allow on a topic: without ACLs, everybody may do everything. */
export const ALL_TOPIC_OPERATIONS: number =
  READ | WRITE | CREATE | DELETE | ALTER | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS

/** Everything there is to allow on a group. Source: Kafka `AclEntry.supportedOperations`. */
const ALL_GROUP_OPERATIONS = READ | DELETE | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS

/** What a description of a group says that may be done to it. */
export function groupOperations(isAsked: boolean): number {
  return isAsked ? ALL_GROUP_OPERATIONS : OPERATIONS_NOT_ASKED
}

/** Everything there is to allow on the cluster. */
export const ALL_CLUSTER_OPERATIONS: number =
  CREATE | ALTER | DESCRIBE | CLUSTER_ACTION | DESCRIBE_CONFIGS | ALTER_CONFIGS | IDEMPOTENT_WRITE
