/** The compression codecs of record batches, by the number in their attributes. */
export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof codecs)[number]

export const scenarioNames = [
  'codec',
  'cross',
  'restart',
  'rebalance',
  'consumer-protocol',
  'migration',
  'idempotent',
  'transactions',
  'admin',
  'perf',
  'verifiable',
  'operate',
  'queues',
  'tool-calls',
  'connect',
  'streams',
  'streams-protocol',
] as const
export type ScenarioName = (typeof scenarioNames)[number]

/**
 * How a client is had; all that is fetched comes from the registry of its language, in the version
 * named here.
 */
export type Source =
  | {
      readonly kind: 'npm'
      readonly packages: Readonly<Record<string, string>>
      readonly driver: string
      /** Builds an addon with the headers of the Node on the PATH, and runs on that one only. */
      readonly native?: { readonly packageName: string; readonly debian: readonly string[] }
    }
  | { readonly kind: 'debian'; readonly package: string; readonly driver: string }
  | {
      readonly kind: 'python'
      readonly requirements: readonly string[]
      readonly module: string
      readonly driver: string
    }
  | {
      readonly kind: 'go'
      readonly module: string
      readonly version: string
      readonly main: string
    }
  | { readonly kind: 'java'; readonly version: string }
  | { readonly kind: 'kafka-tools'; readonly version: string; readonly driver: string }
  | { readonly kind: 'kafka-connect'; readonly version: string; readonly driver: string }
  | { readonly kind: 'streams'; readonly version: string }

export interface Client {
  readonly name: string
  readonly source: Source
  readonly codecs: readonly Codec[]
  readonly scenarios: readonly ScenarioName[]
  /** One set of headers for all records of a call. */
  readonly constantHeaders?: true
  /** Hands over an empty key, value or header as if it were null. */
  readonly readsEmptyAsNull?: true
  /** Commits, but does not hand over, a record that comes just when it is told to leave. */
  readonly dropsOneLeaving?: true
  /** A console tool: lines of text only. */
  readonly textOnly?: true
}

const beforeZstd = codecs.slice(0, 4)
const groups: readonly ScenarioName[] = ['codec', 'cross', 'restart', 'rebalance']
const everything: readonly ScenarioName[] = [...groups, 'idempotent', 'transactions', 'admin']
/** Of clients that speak the new group protocol (KIP-848). */
const bothProtocols: readonly ScenarioName[] = ['consumer-protocol', 'migration']

const librdkafkaBuild = [
  'libssl-dev',
  'zlib1g-dev',
  'libzstd-dev',
  'libcurl4-openssl-dev',
  'libsasl2-dev',
]

const java = (version: string, clientCodecs: readonly Codec[] = codecs): Client => ({
  name: `java-${version}`,
  source: { kind: 'java', version },
  codecs: clientCodecs,
  scenarios: version === '4.3.1' ? [...everything, ...bothProtocols] : everything,
})

const go = (module: string, version: string, main: string): Client => ({
  name: module.slice(module.lastIndexOf('/') + 1),
  source: { kind: 'go', module, version, main },
  codecs,
  // kafka-go has no idempotent producer, and so no transactions
  scenarios: main === 'kafkago' ? [...groups, 'admin'] : everything,
  ...(main === 'kafkago' ? { readsEmptyAsNull: true } : {}),
})

/**
 * Every client, and the one place where its version stands (Go's stand in drivers/go/go.mod too,
 * which a test compares).
 */
export const clients: readonly Client[] = [
  {
    name: 'kafkajs',
    source: {
      kind: 'npm',
      packages: { kafkajs: '2.2.4', 'kafkajs-snappy': '1.1.0', 'lz4-napi': '2.10.0' },
      driver: 'kafkajs',
    },
    codecs,
    scenarios: everything,
  },
  {
    name: 'platformatic',
    source: {
      kind: 'npm',
      packages: { '@platformatic/kafka': '2.12.1' },
      driver: 'platformatic',
    },
    codecs,
    // its copies of many records, or its reading of them, miss some, with Kafka too
    scenarios: [...groups, 'idempotent', 'admin'],
  },
  {
    name: 'confluent-javascript',
    source: {
      kind: 'npm',
      packages: { '@confluentinc/kafka-javascript': '1.10.1' },
      driver: 'confluent-javascript',
      native: { packageName: '@confluentinc/kafka-javascript', debian: librdkafkaBuild },
    },
    codecs,
    scenarios: everything,
  },
  {
    name: 'kcat',
    source: { kind: 'debian', package: 'kcat', driver: 'kcat' },
    codecs,
    scenarios: [...groups, 'idempotent'],
    constantHeaders: true,
    dropsOneLeaving: true,
  },
  java('4.3.1'),
  java('2.8.2'),
  java('1.0.2', beforeZstd),
  java('0.11.0.3', beforeZstd),
  {
    name: 'kafka-tools',
    source: { kind: 'kafka-tools', version: '4.3.1', driver: 'kafka-tools' },
    codecs,
    scenarios: [
      ...(['codec', 'cross', 'restart', 'perf', 'verifiable', 'operate', 'queues'] as const),
      'tool-calls',
    ],
    textOnly: true,
  },
  {
    name: 'kafka-connect',
    source: { kind: 'kafka-connect', version: '4.3.1', driver: 'kafka-connect' },
    codecs: [],
    scenarios: ['connect'],
  },
  {
    name: 'kafka-streams',
    source: { kind: 'streams', version: '4.3.1' },
    codecs: [],
    scenarios: ['streams', 'streams-protocol'],
  },
  {
    name: 'confluent-kafka',
    source: {
      kind: 'python',
      requirements: ['confluent-kafka==2.16.1'],
      module: 'confluent_kafka',
      driver: 'confluent_kafka_driver',
    },
    codecs,
    scenarios: [...everything, ...bothProtocols],
  },
  {
    name: 'aiokafka',
    source: {
      kind: 'python',
      requirements: ['aiokafka==0.14.0', 'cramjam==2.14.0'],
      module: 'aiokafka',
      driver: 'aiokafka_driver',
    },
    codecs,
    scenarios: everything,
  },
  {
    name: 'kafka-python',
    source: {
      kind: 'python',
      requirements: ['kafka-python[lz4,snappy,zstd]==3.0.12'],
      module: 'kafka',
      driver: 'kafka_python_driver',
    },
    codecs,
    scenarios: everything,
  },
  {
    name: 'kafka-python-1.4.7',
    source: {
      kind: 'python',
      requirements: ['kafka-python==1.4.7', 'lz4==4.4.5', 'python-snappy==0.7.3'],
      module: 'kafka',
      driver: 'kafka_python_driver',
    },
    codecs: beforeZstd,
    scenarios: [...groups, 'admin'],
  },
  go('github.com/twmb/franz-go', '1.22.2', 'franz'),
  go('github.com/IBM/sarama', '1.61.1', 'sarama'),
  go('github.com/segmentio/kafka-go', '0.4.51', 'kafkago'),
]

/**
 * Two implementations of everything, independent of each other and of librdkafka: the cross
 * scenario's other side.
 */
export const references: readonly string[] = ['kafkajs', 'java-4.3.1']
