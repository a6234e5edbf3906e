export const groupKeys = {
  'group.min.session.timeout.ms': {
    type: 'int',
    default: 6000,
    importance: 'medium',
    doc: 'Shortest session timeout that a group member may ask for.',
  },
  'group.max.session.timeout.ms': {
    type: 'int',
    default: 1_800_000,
    importance: 'medium',
    doc: 'Longest session timeout that a group member may ask for.',
  },
  'group.initial.rebalance.delay.ms': {
    type: 'int',
    default: 100,
    importance: 'medium',
    doc: 'How long a new group waits for more members before its first assignment.',
    deviation: `Kafka waits 3000, and its sample server.properties 0. Members that start together
      are gathered in 100, and one that starts alone does not notice them.`,
  },
  'group.max.size': {
    type: 'int',
    default: 2_147_483_647,
    min: 1,
    importance: 'medium',
    doc: 'Most members of one group.',
  },
  'offset.metadata.max.bytes': {
    type: 'int',
    default: 4096,
    importance: 'high',
    doc: 'Largest text that a member may store with a committed offset.',
  },
  'offsets.retention.minutes': {
    type: 'int',
    default: 10_080,
    min: 1,
    importance: 'high',
    doc: 'How long the offsets of a group without members are kept.',
  },
  'offsets.retention.check.interval.ms': {
    type: 'long',
    default: 600_000,
    min: 1,
    importance: 'high',
    doc: 'How often old offsets are looked for.',
  },
  'offsets.topic.num.partitions': {
    type: 'int',
    default: 50,
    min: 1,
    importance: 'high',
    doc: 'Partitions of `__consumer_offsets`; do not change it once that topic exists.',
  },
  'offsets.topic.replication.factor': {
    type: 'short',
    default: 1,
    min: 1,
    importance: 'high',
    doc: 'Replicas of `__consumer_offsets`. One broker serves: more count as 1.',
    deviation: "Kafka's 3 needs three brokers.",
  },
  'offsets.topic.segment.bytes': {
    type: 'int',
    default: 104_857_600,
    min: 1,
    importance: 'high',
    doc: `Segment size of \`__consumer_offsets\`: small, so that it is compacted soon. At least
      1048576, as for any topic.`,
  },
  'producer.id.expiration.ms': {
    type: 'int',
    default: 86_400_000,
    min: 1,
    importance: 'low',
    doc: 'How long a partition remembers an idempotent producer that is quiet.',
  },
} as const
