export const consumerGroupKeys = {
  'group.consumer.session.timeout.ms': {
    type: 'int',
    default: 45_000,
    min: 1,
    importance: 'medium',
    doc: 'How long a member of a consumer group (KIP-848) may be silent before it is taken out.',
  },
  'group.consumer.heartbeat.interval.ms': {
    type: 'int',
    default: 5000,
    min: 1,
    importance: 'medium',
    doc: 'How often members of consumer groups are told to send a heartbeat.',
  },
  'group.consumer.max.size': {
    type: 'int',
    default: 2_147_483_647,
    min: 1,
    importance: 'medium',
    doc: 'Most members of one consumer group.',
  },
  'group.consumer.assignors': {
    type: 'list',
    default: ['uniform', 'range'],
    values: ['uniform', 'range'],
    importance: 'medium',
    doc: `What members of consumer groups may choose to have partitions assigned by; the first is
      for groups that choose nothing.`,
    deviation: 'Kafka loads classes of assignors too, by their names.',
  },
  'group.consumer.assignment.interval.ms': {
    type: 'int',
    default: 0,
    min: 0,
    importance: 'medium',
    doc: `Shortest time between two assignments of one consumer group. A change meanwhile is seen at
      the first heartbeat after it.`,
    deviation: `Kafka's 1000 spares it work while many members come. Here one assignment costs
      little, and who comes second would wait a whole heartbeat longer for its partitions.`,
  },
  'group.consumer.migration.policy': {
    type: 'string',
    default: 'bidirectional',
    values: [
      'bidirectional',
      'upgrade',
      'downgrade',
      'disabled',
      'BIDIRECTIONAL',
      'UPGRADE',
      'DOWNGRADE',
      'DISABLED',
    ],
    importance: 'medium',
    doc: `Whether a classic group becomes a consumer group when the first consumer of the new
      protocol joins it (\`upgrade\`), and a classic one again when the last has left
      (\`downgrade\`).`,
    deviation: 'Kafka reads it in any mixture of cases, here it is all one or all the other.',
  },
  'group.consumer.min.session.timeout.ms': {
    type: 'int',
    default: 45_000,
    min: 1,
    importance: 'medium',
    doc: 'Shortest `consumer.session.timeout.ms` that a group may be given.',
  },
  'group.consumer.max.session.timeout.ms': {
    type: 'int',
    default: 60_000,
    min: 1,
    importance: 'medium',
    doc: 'Longest `consumer.session.timeout.ms` that a group may be given.',
  },
  'group.consumer.min.heartbeat.interval.ms': {
    type: 'int',
    default: 5000,
    min: 1,
    importance: 'medium',
    doc: 'Shortest `consumer.heartbeat.interval.ms` that a group may be given.',
  },
  'group.consumer.max.heartbeat.interval.ms': {
    type: 'int',
    default: 15_000,
    min: 1,
    importance: 'medium',
    doc: 'Longest `consumer.heartbeat.interval.ms` that a group may be given.',
  },
  'group.consumer.min.assignment.interval.ms': {
    type: 'int',
    default: 0,
    min: 0,
    importance: 'medium',
    doc: 'Shortest `consumer.assignment.interval.ms` that a group may be given.',
  },
  'group.consumer.max.assignment.interval.ms': {
    type: 'int',
    default: 15_000,
    min: 0,
    importance: 'medium',
    doc: 'Longest `consumer.assignment.interval.ms` that a group may be given.',
  },
} as const
