/** What serves share groups, and where that keeps what it must. */
export const shareServiceKeys = {
  'group.share.max.size': {
    type: 'int',
    default: 200,
    min: 1,
    max: 1000,
    importance: 'medium',
    doc: 'Most members of one share group.',
  },
  'group.share.assignors': {
    type: 'list',
    default: ['simple'],
    values: ['simple'],
    importance: 'medium',
    doc: `What partitions are assigned by in share groups: \`simple\` gives each member one at
      least, and each partition to somebody.`,
    deviation: 'Kafka loads classes of assignors too, by their names.',
  },
  'group.share.max.share.sessions': {
    type: 'int',
    default: 2000,
    min: 1,
    importance: 'medium',
    doc: 'Most members of share groups that fetch, all groups together.',
  },
  'share.coordinator.state.topic.num.partitions': {
    type: 'int',
    default: 50,
    min: 1,
    importance: 'high',
    doc: 'Partitions of `__share_group_state`; do not change it once that topic exists.',
  },
  'share.coordinator.state.topic.replication.factor': {
    type: 'short',
    default: 1,
    min: 1,
    importance: 'high',
    doc: 'Replicas of `__share_group_state`. One broker serves: more count as 1.',
    deviation: "Kafka's 3 needs three brokers.",
  },
  'share.coordinator.state.topic.min.isr': {
    type: 'short',
    default: 1,
    min: 1,
    importance: 'high',
    doc: 'Replicas of `__share_group_state` that must have a record. There is one.',
    deviation: "Kafka's 2 needs two brokers.",
  },
  'share.coordinator.state.topic.segment.bytes': {
    type: 'int',
    default: 104_857_600,
    min: 1,
    importance: 'high',
    doc: `Segment size of \`__share_group_state\`: small, so that it is compacted soon. At least
      1048576, as for any topic.`,
  },
} as const
