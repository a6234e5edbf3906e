/** Pafka 0.3's own keys, with their names and meaning. */
export const tierKeys = {
  'log.channel.type': {
    type: 'string',
    default: 'journal',
    values: ['journal', 'file', 'pmem', 'tiered'],
    importance: 'high',
    own: true,
    doc: `How logs are written: \`journal\` makes every ack durable by one journal for all
      partitions, \`file\` leaves it to the page cache as Kafka does, \`pmem\` stores to segments on
      persistent memory and has no journal, \`tiered\` is \`journal\` on the paths of
      \`storage.tiers.*\`. With \`pmem\` the log dirs are \`storage.tiers.first.paths\`, or, where
      that is not set, \`log.dirs\`: each on persistent memory (a DAX mount), or in memory.`,
  },
  'log.journal.dir': {
    type: 'string',
    default: null,
    importance: 'high',
    own: true,
    doc: `Folder of the journal: on the fastest device that survives power loss. Not set:
      \`journal\` in the first log dir. Of one broker only, and not in a partition's folder nor in
      another broker's log dir. On a file system in memory, as \`/dev/shm\`, an ack survives
      the end of the process but no power cut, and a start warns of it; so it is with log dirs.`,
  },
  'log.journal.max.bytes': {
    type: 'long',
    default: 1_073_741_824,
    min: 67_108_864,
    importance: 'medium',
    own: true,
    doc: `Bytes that the journal may grow to; it begins small. Room for what segments do not have
      yet, and so for bursts. On a path of a tier it takes an eighth of that at most, or a fourth up
      to 16 MiB, and a start gives back what it has beyond. A record batch may have a fourth of it
      less 4096 bytes, whatever \`message.max.bytes\` allows. A start warns when its disk has less;
      on a full disk the journal stays as large as it is.`,
  },
  'log.tail.memory.bytes': {
    type: 'long',
    default: null,
    min: 33_554_432,
    importance: 'medium',
    own: true,
    doc: `Memory for what was appended last, of all partitions together: it serves readers at the
      tail, and holds what segments do not have yet. Grows slowly as it is used, and is given back
      while nothing is appended. Not set:
      a tenth of the memory that the process may use, 64 MiB at least and 4 GiB at most. More than
      that memory is refused.`,
  },
  'log.read.memory.bytes': {
    type: 'long',
    default: 67_108_864,
    min: 8_388_608,
    importance: 'medium',
    own: true,
    doc: `Memory for reads of records that are not in memory any more, of all partitions together:
      what is read ahead for consumers, and what answers take of it until they are sent. More than
      the process may use is refused.`,
  },
  'storage.tiers.types': {
    type: 'list',
    default: ['PMEM', 'HDD'],
    importance: 'high',
    own: true,
    doc: `Tiers, fastest first: two to eight of \`PMEM\`, \`NVME\`, \`SSD\`, \`HDD\`. The names tell
      what to expect of them, and topics which they want. Several of one have names of their own
      behind it: \`NVME,SSD-small,SSD-big,HDD\`.`,
  },
  'storage.tiers.first.paths': {
    type: 'list',
    default: ['/pmem'],
    importance: 'high',
    own: true,
    doc: `Folders of the first tier: each is a log dir. New partitions have their home there,
      where most is free; the journal lies in the first of them. Partitions that log.dirs has
      stay there. Pafka 0.3 kept indexes and checkpoints in log.dirs; here they lie in a
      partition's home.`,
  },
  'storage.tiers.first.sizes': {
    type: 'list',
    default: ['-1'],
    importance: 'medium',
    own: true,
    doc: `Bytes that the broker may use of each path of the first tier; -1 is what is free plus what
      is ours; paths on one file system share what is free there. A shorter list repeats its last
      value.`,
  },
  'storage.tiers.second.paths': {
    type: 'list',
    default: ['/hdd'],
    importance: 'high',
    own: true,
    doc: `Folders of the second tier: log dirs, too. New partitions have their home there while no
      path of the first is online or has room.`,
  },
  'storage.tiers.second.sizes': {
    type: 'list',
    default: ['-1'],
    importance: 'medium',
    own: true,
    doc: 'As `storage.tiers.first.sizes`, of the second tier.',
  },
  'storage.tiers.full.policy': {
    type: 'string',
    default: 'throttle',
    values: ['throttle', 'spill'],
    importance: 'medium',
    own: true,
    doc: `What becomes of appends when a tier fills faster than it drains. \`throttle\`: producers
      are slowed before the first tier is full, down to what leaves it. \`spill\`: nobody is slowed
      for that; new segments begin on the next tier with room until a tenth of the full one was
      drained. Where none has room, it is as with \`throttle\`.`,
  },
  'storage.migrate.threshold': {
    type: 'double',
    default: 0.5,
    min: 0,
    max: 1,
    also: -1,
    importance: 'medium',
    own: true,
    doc: `Share of a path of a tier in use above which its oldest data moves down, and below which
      the newest comes up. More than 0.9 is as 0.9: producers would be held before anything moved.
      -1 is never: nobody is slowed for what is full then, and a path that is full ends as any log
      dir does whose disk is full: producers are slowed in its last part, then appends are refused
      with KAFKA_STORAGE_ERROR until retention makes room.`,
  },
  'storage.migrate.low.watermark': {
    type: 'double',
    default: -1,
    min: 0,
    max: 1,
    also: -1,
    importance: 'low',
    own: true,
    doc: `Share of a tier in use down to which data moves once it is above the threshold; -1 is four
      fifths of the threshold.`,
  },
  'storage.migrate.max.bytes.per.second': {
    type: 'long',
    default: -1,
    min: 1_048_576,
    also: -1,
    importance: 'low',
    own: true,
    doc: `Bytes that are moved a second, at most; -1 is as many as there can be. Fewer are moved
      while producers wait longer for it, unless the first tier is nearly full.`,
  },
  'storage.migrate.threads': {
    type: 'int',
    default: 1,
    min: 1,
    importance: 'medium',
    own: true,
    doc: 'Segments that are moved at once.',
  },
  'log.pmem.pool.ratio': {
    type: 'double',
    default: 0.8,
    min: 0,
    max: 1,
    importance: 'medium',
    own: true,
    doc: `Accepted, and means nothing: a segment on persistent memory grows as it is filled, so that
      nothing is prepared before a start, and nothing is used twice.`,
  },
} as const
