export const logTopicKeys = {
  'segment.bytes': {
    type: 'int',
    default: 1_073_741_824,
    min: 1_048_576,
    importance: 'medium',
    broker: ['log.segment.bytes'],
    doc: 'Largest size of one segment file.',
  },
  'segment.ms': {
    type: 'long',
    default: 604_800_000,
    min: 1,
    importance: 'medium',
    broker: ['log.roll.ms', 'log.roll.hours'],
    doc: 'Age at which a new segment is begun.',
  },
  'segment.jitter.ms': {
    type: 'long',
    default: 0,
    min: 0,
    importance: 'medium',
    broker: ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
    doc: 'Most by which a roll comes early, at random.',
  },
  'segment.index.bytes': {
    type: 'int',
    default: 10_485_760,
    min: 4,
    importance: 'medium',
    broker: ['log.index.size.max.bytes'],
    doc: 'Largest size of an index file.',
  },
  'index.interval.bytes': {
    type: 'int',
    default: 4096,
    min: 0,
    importance: 'medium',
    broker: ['log.index.interval.bytes'],
    doc: 'Bytes of log between two entries of the offset index.',
  },
  'file.delete.delay.ms': {
    type: 'long',
    default: 60_000,
    min: 0,
    importance: 'medium',
    broker: ['log.segment.delete.delay.ms'],
    doc: 'How long the file of a deleted segment stays.',
  },
  preallocate: {
    type: 'boolean',
    default: false,
    importance: 'medium',
    broker: ['log.preallocate'],
    doc: 'Reserve the space of a segment when it is begun.',
  },
  'flush.messages': {
    type: 'long',
    default: 9_223_372_036_854_775_808,
    min: 1,
    importance: 'medium',
    broker: ['log.flush.interval.messages'],
    doc: `Records after which a partition is flushed to the disk; 1 flushes before every ack.
      With neither this nor \`flush.ms\` the journal flushes before every ack, the channel \`file\`
      never.`,
  },
  'flush.ms': {
    type: 'long',
    default: 9_223_372_036_854_775_808,
    min: 0,
    importance: 'medium',
    broker: ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms'],
    doc: 'Longest time that a record stays unflushed.',
  },
  'channel.type': {
    type: 'string',
    default: 'journal',
    values: ['journal', 'file', 'pmem', 'tiered'],
    importance: 'medium',
    own: true,
    broker: ['log.channel.type'],
    doc: `How the log is written. Only the value of \`log.channel.type\` is served yet: another is
      refused, and one that a topic has from before does not count. That differs from Pafka, where a
      topic may have a channel of its own: here one journal makes the appends of all partitions
      durable, or none does. What a topic was given one for it has by other configs. To lie on one
      medium alone, as with \`pmem\` beside \`tiered\`: \`storage.tier.pin\`. To be on slower media
      from the first record on, as with \`file\` beside \`tiered\`: \`storage.tier.pin\` or
      \`storage.tier.exclude\`. Not to wait for a barrier, as with \`file\`: \`flush.messages\` and
      \`flush.ms\`.`,
  },
} as const
