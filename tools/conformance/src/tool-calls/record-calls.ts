import type { ToolCalls } from './tool-call.ts'

/** What `kafka-delete-records` is told. */
const before = (topic: string, offset: number): string =>
  JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset }] })

export const recordCalls: ToolCalls = [
  'kafka-topics --create --topic %r --partitions 1',
  'kafka-topics --create --topic %out --partitions 1',
  'kafka-verifiable-producer --topic %r --max-messages 4 --acks -1',
  'kafka-verifiable-consumer --topic %r --group-id %vc --max-messages 4 --reset-policy earliest',
  'kafka-get-offsets --topic %r',
  'kafka-get-offsets --topic %r --time earliest',
  { line: 'kafka-get-offsets --topic %r --time -3', anyNumbers: true },
  'kafka-get-offsets --topic %r --time -4',
  'kafka-get-offsets --topic %r --time -5',
  'kafka-get-offsets --topic %r --time 0',
  'kafka-get-offsets --topic-partitions %r:0,%out --exclude-internal-topics',
  'kafka-get-offsets --topic %r --partitions 0 --time latest',
  'kafka-get-offsets --topic %nothing',
  { line: 'kafka-log-dirs --describe --topic-list %r', keeps: /^[^{]/ },
  'kafka-log-dirs --describe --broker-list 1,2 --topic-list %r',
  { line: 'kafka-delete-records --offset-json-file $file', file: before('%r', 1) },
  { line: 'kafka-delete-records --offset-json-file $file', file: before('%r', 100) },
  { line: 'kafka-delete-records --offset-json-file $file', file: before('%r', -1) },
  'kafka-get-offsets --topic %r --time earliest',
  {
    line: `kafka-producer-perf-test --topic %out --num-records 100 --record-size 10
      --throughput -1`,
    anyNumbers: true,
  },
  {
    line: `kafka-producer-perf-test --topic %out --num-records 100 --record-size 10
      --throughput -1 --transactional-id %tx --transaction-duration-ms 50`,
    anyNumbers: true,
  },
  {
    line: 'kafka-consumer-perf-test --topic %out --num-records 200 --group %perf --timeout 10000',
    anyNumbers: true,
  },
  {
    line: 'kafka-e2e-latency --topic %r --num-records 5 --producer-acks all --record-size 50',
    anyNumbers: true,
  },
  { line: 'kafka-transactions list --transactional-id-pattern %.*', anyNumbers: true },
  { line: 'kafka-transactions describe --transactional-id %tx', anyNumbers: true },
  'kafka-transactions describe --transactional-id %nothing',
  { line: 'kafka-transactions describe-producers --topic %out --partition 0', anyNumbers: true },
  'kafka-transactions find-hanging --topic %out --max-transaction-timeout 15',
  'kafka-transactions find-hanging --broker-id 1',
  'kafka-transactions abort --topic %out --partition 0 --start-offset 0',
  'kafka-transactions forceTerminateTransaction --transactionalId %tx',
  {
    line: `kafka-client-compatibility --topic %compat --cluster-id-supported true
      --num-cluster-nodes 1 --create-topics-supported true --describe-acls-supported true
      --describe-configs-supported true --expect-record-too-large-exception false
      --idempotent-producer-supported true --offsets-for-times-supported true`,
    keeps: /SUCCESS|FAIL/,
  },
  'kafka-topics --delete --topic newtopic', // which it makes, and leaves
  'kafka-topics --delete --topic %r',
  'kafka-topics --delete --topic %out',
]
