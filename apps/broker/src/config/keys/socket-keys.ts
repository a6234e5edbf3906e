export const socketKeys = {
  'socket.listen.backlog.size': {
    type: 'int',
    default: 1024,
    min: 1,
    importance: 'medium',
    doc: `Connections that the system holds while the broker has not accepted them. The system has
      a bound of its own (\`net.core.somaxconn\`).`,
    deviation: `With Kafka's 50, of thousands of clients that come at once some wait a second and
      more for the system to try again.`,
  },
  'socket.request.max.bytes': {
    type: 'int',
    default: 104_857_600,
    min: 1,
    importance: 'high',
    doc: 'Largest request in bytes. A connection that announces a larger one is closed.',
  },
  'max.connections': {
    type: 'int',
    default: 2_147_483_647,
    min: 0,
    importance: 'medium',
    doc: 'Connections at once, on all listeners together.',
  },
  'max.connections.per.ip': {
    type: 'int',
    default: 2_147_483_647,
    min: 0,
    importance: 'medium',
    doc: 'Connections at once from one address.',
  },
  'max.connection.creation.rate': {
    type: 'int',
    default: 2_147_483_647,
    min: 0,
    importance: 'medium',
    update: 'cluster-wide',
    doc: `New connections a second, on all listeners together but for that of
      \`inter.broker.listener.name\` where it is one of several. Who comes faster waits, unread,
      one sample of \`quota.window.size.seconds\` at most, and who comes after it, too; beyond
      1000 that wait at a port new ones are closed.`,
  },
  'connections.max.idle.ms': {
    type: 'long',
    default: 600_000,
    importance: 'medium',
    doc: 'A connection that is quiet for so long is closed; below 0 never.',
  },
  'queued.max.request.bytes': {
    type: 'long',
    default: -1,
    importance: 'medium',
    doc: `Bytes of all requests being received or answered, together. A request above 64 KiB is
      read when there is room for all of it and as much again, an eighth of the bound at least; the
      others wait unread, and the one that has waited for longest goes beyond the bound, one at a
      time. Smaller ones are read until all of it is in use. A connection that sends nothing for
      30 seconds in the midst of a request is closed when others wait for memory. -1 is the
      broker's own choice, twice \`socket.request.max.bytes\`. Any other value must be at least
      that key's.`,
  },
  'fetch.max.bytes': {
    type: 'int',
    default: 57_671_680,
    min: 1024,
    importance: 'medium',
    doc: 'Most bytes of records in one fetch answer; one batch is always given.',
  },
  'max.incremental.fetch.session.cache.slots': {
    type: 'int',
    default: 1000,
    min: 0,
    importance: 'medium',
    doc: 'Fetch sessions (KIP-227) that the broker remembers.',
  },
} as const
