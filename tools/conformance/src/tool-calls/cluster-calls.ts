import type { ToolCalls } from './tool-call.ts'

const WORDS = 'the error in other words'
const ONE_VOTER = 'the quorum is this broker, and nothing else can be'
const NOT_YET = 'clients are not authenticated yet'

const elected = JSON.stringify({
  partitions: [
    { topic: '%k', partition: 1 },
    { topic: '%k', partition: 9 },
  ],
})
const moved = JSON.stringify({ version: 1, topics: [{ topic: '%k' }] })
const plan = (broker: number, dir?: string): string => {
  const place = { topic: '%k', partition: 0, replicas: [broker] }
  const partition = dir === undefined ? place : { ...place, log_dirs: [dir] }
  return JSON.stringify({ version: 1, partitions: [partition] })
}

export const clusterCalls: ToolCalls = [
  'kafka-topics --create --topic %k --partitions 2',
  'kafka-cluster cluster-id --bootstrap-server $broker',
  'kafka-cluster list-endpoints --bootstrap-server $broker',
  'kafka-cluster list-endpoints --bootstrap-server $broker --include-fenced-brokers',
  { line: 'kafka-cluster unregister --bootstrap-server $broker --id 7', differs: WORDS },
  {
    line: 'kafka-broker-api-versions',
    keeps: /\(id: |(Produce|Fetch|ListOffsets|Metadata|JoinGroup|EndTxn|CreateTopics)\(/,
  },
  {
    line: 'kafka-features describe',
    keeps: /(group|metadata|transaction)\.version/,
  },
  'kafka-features upgrade --feature transaction.version=2 --dry-run',
  'kafka-features upgrade --feature transaction.version=2',
  'kafka-features downgrade --feature transaction.version=1 --dry-run',
  { line: 'kafka-features upgrade --feature nothing=1', differs: WORDS },
  {
    line: 'kafka-features upgrade --release-version 4.3 --dry-run',
    differs: 'kraft.version and eligible.leader.replicas.version stay 0: there is one broker',
  },
  'kafka-features version-mapping',
  'kafka-features feature-dependencies --feature transaction.version=2',
  {
    line: 'kafka-metadata-quorum describe --status',
    keeps: /Leader(Id|Epoch)|HighWatermark|Voters|Observers/,
    anyNumbers: true,
    differs: ONE_VOTER,
  },
  { line: 'kafka-metadata-quorum describe --replication', anyNumbers: true },
  {
    line: `kafka-metadata-quorum remove-controller --controller-id 9 --controller-directory-id
      AAAAAAAAAAAAAAAAAAAAAQ`,
    differs: ONE_VOTER,
  },
  'kafka-leader-election --election-type preferred --topic %k --partition 0',
  'kafka-leader-election --election-type unclean --topic %k --partition 0',
  {
    line: 'kafka-leader-election --election-type preferred --topic %nothing --partition 0',
    differs: WORDS,
  },
  {
    line: 'kafka-leader-election --election-type preferred --path-to-json-file $file',
    file: elected,
    differs: WORDS,
  },
  {
    line: 'kafka-reassign-partitions --generate --topics-to-move-json-file $file --broker-list 1',
    file: moved,
  },
  {
    line: 'kafka-reassign-partitions --generate --topics-to-move-json-file $file --broker-list 2',
    file: moved,
  },
  { line: 'kafka-reassign-partitions --execute --reassignment-json-file $file', file: plan(1) },
  { line: 'kafka-reassign-partitions --verify --reassignment-json-file $file', file: plan(1) },
  { line: 'kafka-reassign-partitions --cancel --reassignment-json-file $file', file: plan(1) },
  { line: 'kafka-reassign-partitions --execute --reassignment-json-file $file', file: plan(2) },
  'kafka-reassign-partitions --list',
  'kafka-acls --list',
  'kafka-acls --add --allow-principal User:alice --operation Read --topic %k',
  'kafka-acls --remove --allow-principal User:alice --operation Read --topic %k --force',
  {
    line: 'kafka-delegation-tokens --describe --command-config /dev/null',
    differs: NOT_YET,
  },
  {
    line: 'kafka-delegation-tokens --create --max-life-time-period -1 --command-config /dev/null',
    differs: NOT_YET,
  },
  { line: 'kafka-log-dirs --describe --topic-list %dumped', keeps: /^[^{]/ },
  {
    line: 'kafka-dump-log --print-data-log --files $dir/%dumped-0/00000000000000000000.log',
    keeps: /^(Log start|baseOffset|\|)/,
  },
  'kafka-topics --delete --topic %k',
]
