/** Keys of Kafka that mean nothing to this broker, by the reason. */
interface ForeignKeys {
  readonly reason: string
  /** Beginnings that stand for whole families. */
  readonly prefixes: readonly string[]
  readonly names: readonly string[]
}

/** Accepted, with one warning line for all of them. A name that the broker serves is never here. */
export const foreignKeys: readonly ForeignKeys[] = [
  {
    reason: 'There is no ZooKeeper and no controller process.',
    prefixes: ['zookeeper.', 'controller.quorum.', 'controller.performance.', 'metadata.'],
    names: [
      'broker.heartbeat.interval.ms',
      'broker.id.generation.enable',
      'broker.session.timeout.ms',
      'control.plane.listener.name',
      'controller.socket.timeout.ms',
      'early.start.listeners',
      'initial.broker.registration.timeout.ms',
      'inter.broker.protocol.version',
      'reserved.broker.max.id',
      'unstable.api.versions.enable',
      'unstable.feature.versions.enable',
    ],
  },
  {
    reason: 'There are no other brokers to replicate with.',
    prefixes: ['replica.', 'replication.quota.', 'alter.log.dirs.', 'leader.imbalance.'],
    names: [
      'auto.leader.rebalance.enable',
      'controlled.shutdown.enable',
      'controlled.shutdown.max.retries',
      'controlled.shutdown.retry.backoff.ms',
      'eligible.leader.replicas.enable',
      'follower.fetch.last.tiered.offset.enable',
      'num.replica.alter.log.dirs.threads',
      'num.replica.fetchers',
      'offsets.commit.timeout.ms',
      'request.timeout.ms',
    ],
  },
  {
    reason: 'It has no pools of threads and no purgatories to size.',
    prefixes: ['group.coordinator.', 'share.coordinator.'],
    names: [
      'background.threads',
      'delete.records.purgatory.purge.interval.requests',
      'fetch.purgatory.purge.interval.requests',
      'log.cleaner.threads',
      'num.io.threads',
      'num.network.threads',
      'num.recovery.threads.per.data.dir',
      'offsets.load.buffer.size',
      'producer.purgatory.purge.interval.requests',
      'queued.max.requests',
      'share.fetch.purgatory.purge.interval.requests',
      'transaction.state.log.load.buffer.size',
    ],
  },
  {
    reason: 'Every batch of a transaction is looked at.',
    prefixes: ['add.partitions.to.txn.'],
    names: ['transaction.partition.verification.enable'],
  },
  {
    reason: 'The operating system sizes the buffers of sockets; broker and client need not agree.',
    prefixes: ['socket.connection.setup.'],
    names: ['socket.receive.buffer.bytes', 'socket.send.buffer.bytes'],
  },
  {
    reason: 'The log keeps its own checkpoints and its own formats.',
    prefixes: ['remote.', 'rsm.config.', 'rlmm.config.'],
    names: [
      'cordoned.log.dirs',
      'log.dir.failure.timeout.ms',
      'log.flush.offset.checkpoint.interval.ms',
      'log.flush.start.offset.checkpoint.interval.ms',
      'log.message.downconversion.enable',
      'log.message.format.version',
      'log.message.timestamp.difference.max.ms',
      'offsets.commit.required.acks',
      'offsets.topic.compression.codec',
    ],
  },
  {
    reason: 'Metrics are not those of the JVM.',
    prefixes: ['metric.', 'kafka.metrics.', 'confluent.'],
    names: [
      'auto.include.jmx.reporter',
      'metrics.num.samples',
      'metrics.recording.level',
      'metrics.sample.window.ms',
    ],
  },
  {
    reason: 'Share groups are always served, without a limit, and keep their state in one way.',
    prefixes: [],
    names: ['group.share.enable', 'group.share.max.groups', 'group.share.persister.class.name'],
  },
  {
    reason: 'Not served yet: two-phase commit, quotas of other makes.',
    prefixes: ['transaction.two.phase.commit.'],
    names: [
      'client.quota.callback.class',
      'max.connections.per.ip.overrides',
      'quota.consumer.default',
      'quota.producer.default',
    ],
  },
  {
    reason: 'Not served yet: encryption, authentication. A listener that needs them is an error.',
    prefixes: ['delegation.token.', 'listener.name.', 'password.encoder.', 'sasl.', 'ssl.'],
    names: [
      'allow.everyone.if.no.acl.found',
      'connection.failed.authentication.delay.ms',
      'connections.max.reauth.ms',
      'principal.builder.class',
      'security.providers',
      'super.users',
    ],
  },
]

const names: ReadonlySet<string> = new Set(foreignKeys.flatMap((group) => group.names))
const prefixes: readonly string[] = foreignKeys.flatMap((group) => group.prefixes)

/** For suggestions: a misspelt one of these is better told than a key that means something else. */
export function foreignKeyNames(): Iterable<string> {
  return names
}

/** True for a key that Kafka knows, now or once, and that changes nothing here. */
export function isForeignKey(name: string): boolean {
  return names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
}
