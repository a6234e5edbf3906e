/** Where records that share groups gave up may go (KIP-1191), which Kafka 4.3 has not yet. */
export const deadLetterKeys = {
  'errors.deadletterqueue.topic.name.prefix': {
    type: 'string',
    default: 'dlq.',
    importance: 'medium',
    own: true,
    doc: `What names of topics for dead letters must begin with; nothing for any name. As in Kafka
      after 4.3.`,
  },
  'errors.deadletterqueue.auto.create.topics.enable': {
    type: 'boolean',
    default: false,
    importance: 'medium',
    own: true,
    doc: 'Whether a topic for dead letters is made when it is first needed. As in Kafka after 4.3.',
  },
} as const

export const deadLetterTopicKeys = {
  'errors.deadletterqueue.group.enable': {
    type: 'boolean',
    default: false,
    importance: 'medium',
    own: true,
    broker: [],
    doc: `Whether share groups may put records there that they gave up. As in Kafka after 4.3.`,
  },
} as const
