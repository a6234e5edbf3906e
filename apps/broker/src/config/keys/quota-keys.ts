export const quotaKeys = {
  'quota.window.num': {
    type: 'int',
    default: 11,
    min: 1,
    importance: 'low',
    doc: `Samples that the rate of a client is measured over, for quotas on bytes, on the time of
      requests and on new connections: the current one and those before it. Each
      client with a quota has so many: more than 3600 count as 3600.`,
  },
  'quota.window.size.seconds': {
    type: 'int',
    default: 1,
    min: 1,
    importance: 'low',
    doc: `Length of each of these samples. Nobody waits longer than one for the time that requests
      take.`,
  },
  'controller.quota.window.num': {
    type: 'int',
    default: 11,
    min: 1,
    importance: 'low',
    doc: `For quotas on partitions created and deleted: a client that was quiet may make as many at
      once as it may in so many samples.`,
  },
  'controller.quota.window.size.seconds': {
    type: 'int',
    default: 1,
    min: 1,
    importance: 'low',
    doc: 'Length of each of these samples.',
  },
} as const
