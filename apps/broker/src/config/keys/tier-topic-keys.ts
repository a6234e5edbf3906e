export const tierTopicKeys = {
  'storage.tier.pin': {
    type: 'string',
    default: null,
    importance: 'medium',
    own: true,
    broker: [],
    doc: `Name of a tier, of \`storage.tiers.types\`: the topic's segments go there and stay,
      whatever the marks say, and new partitions have their home there while it has room. A segment
      that is still appended to lies in its partition's home, and is moved when it is full.
      Without tiers (\`log.channel.type\`) this and the two below are accepted and change nothing.`,
  },
  'storage.tier.exclude': {
    type: 'list',
    default: [],
    importance: 'medium',
    own: true,
    broker: [],
    doc: `Names of tiers that the topic's segments never go to, and that they leave. New partitions
      have their home in the first of the others. One tier must be left.`,
  },
  'storage.tier.prefer': {
    type: 'string',
    default: null,
    importance: 'medium',
    own: true,
    broker: [],
    doc: `Name of a tier where new partitions have their home while it has room. In faster tiers the
      topic's segments give way first, there and in slower ones last; they are not brought up
      beyond it. \`storage.tier.pin\` is stronger.`,
  },
} as const
