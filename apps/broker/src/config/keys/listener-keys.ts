export const listenerKeys = {
  listeners: {
    type: 'list',
    default: ['PLAINTEXT://:9092'],
    importance: 'high',
    doc: `Where the broker listens: \`name://host:port\`, separated by commas. No host or
      \`0.0.0.0\` is every address; port 0 takes a free one.`,
  },
  'advertised.listeners': {
    type: 'list',
    default: null,
    importance: 'high',
    doc: `Where clients are told to go: \`name://host:port\`. Not set: the listener's own host, or,
      when that is every address, the address that the client itself connected to.`,
  },
  'listener.security.protocol.map': {
    type: 'string',
    default: 'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    importance: 'low',
    doc: `Security protocol of each listener name. Only \`PLAINTEXT\` is served yet: a listener with
      another one is an error.`,
  },
  'inter.broker.listener.name': {
    type: 'string',
    default: null,
    importance: 'medium',
    doc: 'Listener that other brokers use; it must be one of `listeners`. Not set: the first.',
  },
  'controller.listener.names': {
    type: 'list',
    default: [],
    importance: 'high',
    doc: "Listeners of Kafka's own controllers. There are none here: these are not opened.",
    deviation: 'Kafka demands one; this broker has no controller process.',
  },
} as const
