/** For those who measure, and have no slow disk. */
export const limitKeys = {
  'log.limit.paths': {
    type: 'list',
    default: [],
    importance: 'low',
    own: true,
    doc: `For experiments: makes a fast disk as slow as a hard disk; pafka-perf lab uses it where it
      can make no slow device. Folders that are made as slow as one disk, which they share, of the
      two rates below: log dirs, paths of tiers, the journal's folder, or what has them in it. Files
      elsewhere stay as they are. What is written waits in the page cache until a sync, 64 MiB of it
      at most; reads of what was written long ago cost time as well. A start warns of it. With
      \`log.channel.type=pmem\` it is refused. Empty: nothing is limited.`,
  },
  'log.limit.bytes.per.second': {
    type: 'long',
    default: null,
    min: 1_048_576,
    importance: 'low',
    own: true,
    doc: `For experiments, with \`log.limit.paths\`: bytes that their disk reads or writes a second.
      Not set: only without such paths.`,
  },
  'log.limit.operations.per.second': {
    type: 'long',
    default: null,
    min: 1,
    importance: 'low',
    own: true,
    doc: `For experiments, with \`log.limit.paths\`: reads, writes and syncs that their disk does a
      second, one after the other. Not set: only without such paths.`,
  },
} as const
