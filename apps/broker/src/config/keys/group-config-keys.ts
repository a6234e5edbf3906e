import type { BrokerKey } from '../broker-keys.ts'

/** Where a config of a group comes from when it has none, and what it must lie between. */
interface GroupKeyOrigin {
  /** The key of the broker that its default is from. */
  readonly broker?: BrokerKey
  readonly least?: BrokerKey
  readonly most?: BrokerKey
}

/** Of each config. */
export type GroupKeyOrigins = Readonly<Record<keyof typeof groupConfigKeys, GroupKeyOrigin>>

/** Configs of one group, of any kind. Source: Kafka 4.3 `GroupConfig`. */
export const groupConfigKeys = {
  'consumer.session.timeout.ms': {
    type: 'int',
    default: 45_000,
    min: 1,
    importance: 'medium',
    doc: 'How long a member of a consumer group may be silent before it is taken out.',
  },
  'consumer.heartbeat.interval.ms': {
    type: 'int',
    default: 5000,
    min: 1,
    importance: 'medium',
    doc: 'How often members of the consumer group are told to send a heartbeat.',
  },
  'consumer.assignment.interval.ms': {
    type: 'int',
    default: 0,
    min: 0,
    importance: 'medium',
    doc: 'Shortest time between two assignments of the consumer group.',
  },
  'share.session.timeout.ms': {
    type: 'int',
    default: 45_000,
    min: 1,
    importance: 'medium',
    doc: 'How long a member of a share group may be silent before it is taken out.',
  },
  'share.heartbeat.interval.ms': {
    type: 'int',
    default: 5000,
    min: 1,
    importance: 'medium',
    doc: 'How often members of the share group are told to send a heartbeat.',
  },
  'share.assignment.interval.ms': {
    type: 'int',
    default: 1000,
    min: 0,
    importance: 'medium',
    doc: 'Shortest time between two assignments of the share group.',
  },
  'share.record.lock.duration.ms': {
    type: 'int',
    default: 30_000,
    min: 1000,
    importance: 'medium',
    doc: 'How long a consumer may hold a record that it was given.',
  },
  'share.delivery.count.limit': {
    type: 'int',
    default: 5,
    min: 2,
    importance: 'medium',
    doc: 'How often a record is given to consumers before it is given up.',
  },
  'share.partition.max.record.locks': {
    type: 'int',
    default: 2000,
    min: 100,
    importance: 'medium',
    doc: 'Most records of one partition that are with consumers at one time.',
  },
  'share.auto.offset.reset': {
    type: 'string',
    default: 'latest',
    importance: 'medium',
    doc: `Where a share group begins to read a partition: \`earliest\`, \`latest\`, or
      \`by_duration:\` with an age such as \`PT2H\`, which is that of the first record.`,
  },
  'share.isolation.level': {
    type: 'string',
    default: 'read_uncommitted',
    values: ['read_committed', 'read_uncommitted'],
    importance: 'medium',
    doc: 'Whether a share group is given records of open and of aborted transactions, too.',
  },
  'share.renew.acknowledge.enable': {
    type: 'boolean',
    default: true,
    importance: 'medium',
    doc: 'Whether a consumer of a share group may prolong the time that it holds a record.',
  },
  'streams.session.timeout.ms': {
    type: 'int',
    default: 45_000,
    min: 1,
    importance: 'medium',
    doc: 'How long a member of a streams group may be silent before it is taken out.',
  },
  'streams.heartbeat.interval.ms': {
    type: 'int',
    default: 5000,
    min: 1,
    importance: 'medium',
    doc: 'How often members of the streams group are told to send a heartbeat.',
  },
  'streams.assignment.interval.ms': {
    type: 'int',
    default: 1000,
    min: 0,
    importance: 'medium',
    doc: 'Shortest time between two assignments of the streams group.',
  },
  'streams.num.standby.replicas': {
    type: 'int',
    default: 0,
    min: 0,
    importance: 'medium',
    doc: 'How many standby replicas each task has.',
  },
  'streams.initial.rebalance.delay.ms': {
    type: 'int',
    default: 3000,
    min: 0,
    importance: 'medium',
    doc: 'How long a new streams group waits for more members before its first assignment.',
  },
} as const

export const groupKeyOrigins: GroupKeyOrigins = {
  'consumer.session.timeout.ms': {
    broker: 'group.consumer.session.timeout.ms',
    least: 'group.consumer.min.session.timeout.ms',
    most: 'group.consumer.max.session.timeout.ms',
  },
  'consumer.heartbeat.interval.ms': {
    broker: 'group.consumer.heartbeat.interval.ms',
    least: 'group.consumer.min.heartbeat.interval.ms',
    most: 'group.consumer.max.heartbeat.interval.ms',
  },
  'consumer.assignment.interval.ms': {
    broker: 'group.consumer.assignment.interval.ms',
    least: 'group.consumer.min.assignment.interval.ms',
    most: 'group.consumer.max.assignment.interval.ms',
  },
  'share.session.timeout.ms': {
    broker: 'group.share.session.timeout.ms',
    least: 'group.share.min.session.timeout.ms',
    most: 'group.share.max.session.timeout.ms',
  },
  'share.heartbeat.interval.ms': {
    broker: 'group.share.heartbeat.interval.ms',
    least: 'group.share.min.heartbeat.interval.ms',
    most: 'group.share.max.heartbeat.interval.ms',
  },
  'share.assignment.interval.ms': {
    broker: 'group.share.assignment.interval.ms',
    least: 'group.share.min.assignment.interval.ms',
    most: 'group.share.max.assignment.interval.ms',
  },
  'share.record.lock.duration.ms': {
    broker: 'group.share.record.lock.duration.ms',
    least: 'group.share.min.record.lock.duration.ms',
    most: 'group.share.max.record.lock.duration.ms',
  },
  'share.delivery.count.limit': {
    broker: 'group.share.delivery.count.limit',
    least: 'group.share.min.delivery.count.limit',
    most: 'group.share.max.delivery.count.limit',
  },
  'share.partition.max.record.locks': {
    broker: 'group.share.partition.max.record.locks',
    least: 'group.share.min.partition.max.record.locks',
    most: 'group.share.max.partition.max.record.locks',
  },
  'share.auto.offset.reset': {},
  'share.isolation.level': {},
  'share.renew.acknowledge.enable': {},
  'streams.session.timeout.ms': {
    broker: 'group.streams.session.timeout.ms',
    least: 'group.streams.min.session.timeout.ms',
    most: 'group.streams.max.session.timeout.ms',
  },
  'streams.heartbeat.interval.ms': {
    broker: 'group.streams.heartbeat.interval.ms',
    least: 'group.streams.min.heartbeat.interval.ms',
    most: 'group.streams.max.heartbeat.interval.ms',
  },
  'streams.assignment.interval.ms': {
    broker: 'group.streams.assignment.interval.ms',
    least: 'group.streams.min.assignment.interval.ms',
    most: 'group.streams.max.assignment.interval.ms',
  },
  'streams.num.standby.replicas': {
    broker: 'group.streams.num.standby.replicas',
    most: 'group.streams.max.standby.replicas',
  },
  'streams.initial.rebalance.delay.ms': { broker: 'group.streams.initial.rebalance.delay.ms' },
}
