export const identityKeys = {
  'node.id': {
    type: 'int',
    default: 1,
    min: 0,
    importance: 'high',
    doc: 'Id of this broker, as clients see it. `broker.id` is its older name.',
    deviation: 'Kafka demands one; a single broker can do without.',
  },
  'broker.id': {
    type: 'int',
    default: -1,
    importance: 'high',
    doc: 'Older name of `node.id`; -1 is not set. When both are set they must agree.',
  },
  'broker.rack': {
    type: 'string',
    default: null,
    importance: 'medium',
    doc: 'Rack or zone of this broker, told to clients.',
  },
  'cluster.id': {
    type: 'string',
    default: null,
    importance: 'low',
    own: true,
    doc: `Cluster id that a new data folder gets, 22 characters of base64url as Kafka's are. Not
      set: a random one. A folder that has one keeps it.`,
  },
} as const
