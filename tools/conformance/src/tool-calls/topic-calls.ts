import { OWN, type ToolCalls } from './tool-call.ts'

/** Kafka 4.3 writes it for its eligible leader replicas, which one broker has no use for. */
const MIN_ISR = 'there are no eligible leader replicas, so no min.insync.replicas of the cluster'
const WORDS = 'the error in other words'

export const topicCalls: ToolCalls = [
  'kafka-topics --create --topic %dumped',
  {
    line: `kafka-console-producer --topic %dumped --reader-property parse.key=true
      --reader-property key.separator=:`,
    input: 'a:1\nb:2\n',
  },
  `kafka-topics --create --topic %t --partitions 3 --replication-factor 1 --config
    retention.ms=1000`,
  'kafka-topics --create --topic %t --partitions 3',
  'kafka-topics --create --topic %t --if-not-exists',
  { line: 'kafka-topics --create --topic %big --replication-factor 2', differs: WORDS },
  { line: 'kafka-topics --create --topic %bad! --partitions 1', differs: WORDS },
  'kafka-topics --create --topic %unknown --config nothing=1',
  'kafka-topics --create --topic %none --partitions 0',
  'kafka-topics --create --topic %placed --replica-assignment 1,1',
  { line: 'kafka-topics --create --topic %elsewhere --replica-assignment 2', differs: WORDS },
  'kafka-topics --create --topic %compacted --config cleanup.policy=compact',
  { line: 'kafka-topics --list', keeps: OWN },
  { line: 'kafka-topics --list --exclude-internal', keeps: OWN },
  'kafka-topics --list --topic %.*',
  { line: 'kafka-topics --describe', keeps: OWN, differs: MIN_ISR },
  { line: 'kafka-topics --describe --topic %t', differs: MIN_ISR },
  'kafka-topics --describe --topic %nothing',
  'kafka-topics --describe --topic %nothing --if-exists',
  'kafka-topics --describe --topic-id AAAAAAAAAAAAAAAAAAAAAQ',
  { line: 'kafka-topics --describe --under-replicated-partitions', keeps: OWN },
  { line: 'kafka-topics --describe --unavailable-partitions', keeps: OWN },
  { line: 'kafka-topics --describe --under-min-isr-partitions', keeps: OWN },
  { line: 'kafka-topics --describe --at-min-isr-partitions', keeps: OWN },
  { line: 'kafka-topics --describe --topics-with-overrides', keeps: OWN, differs: MIN_ISR },
  {
    line: 'kafka-topics --describe --partition-size-limit-per-response 2',
    keeps: OWN,
    differs: MIN_ISR,
  },
  'kafka-topics --alter --topic %t --partitions 4',
  { line: 'kafka-topics --alter --topic %t --partitions 2', differs: WORDS },
  'kafka-topics --alter --topic %nothing --partitions 2',
  'kafka-topics --alter --topic %nothing --partitions 2 --if-exists',
  'kafka-topics --alter --topic %placed --partitions 3 --replica-assignment 1,1,1',
  'kafka-topics --delete --topic %placed',
  'kafka-topics --delete --topic %nothing',
  'kafka-topics --delete --topic %nothing --if-exists',
  { line: 'kafka-topics --list', keeps: OWN },
]
