import { OWN, type ToolCalls } from './tool-call.ts'

const RESET = 'kafka-share-groups --reset-offsets --group %workers'
const DESCRIBE = 'kafka-share-groups --describe --group %workers'

const WORDS = 'the error in other words'
/** docs/share-groups.md says so. */
const MOVES = 'start offsets move with what is stored'

export const shareCalls: ToolCalls = [
  'kafka-topics --create --topic %queue --partitions 2',
  'kafka-topics --create --topic %idle',
  {
    line: `kafka-console-producer --topic %queue --reader-property parse.key=true
      --reader-property key.separator=:`,
    input: 'a:1\nb:2\na:3\nc:4\nd:5\n',
  },
  'kafka-configs --alter --group %workers --add-config share.auto.offset.reset=earliest',
  'member %queue %workers share',
  { line: DESCRIBE, differs: MOVES },
  { line: `${DESCRIBE} --offsets --verbose`, differs: MOVES },
  `${DESCRIBE} --members`,
  // in Kafka the group sees its topics twice, if they are new
  { line: `${DESCRIBE} --members --verbose`, anyNumbers: true },
  `${DESCRIBE} --state`,
  { line: `${DESCRIBE} --state --verbose`, anyNumbers: true },
  { line: 'kafka-share-groups --list', keeps: OWN },
  { line: 'kafka-share-groups --list --state', keeps: OWN },
  { line: 'kafka-share-groups --list --state stable', keeps: OWN },
  { line: 'kafka-share-groups --list --state nonsense', keeps: OWN },
  { line: 'kafka-groups --list --share', keeps: OWN },
  `${RESET} --topic %queue --to-earliest --dry-run`,
  `${RESET} --topic %queue --to-earliest --execute`,
  'kafka-share-groups --delete-offsets --group %workers --topic %queue',
  'kafka-share-groups --delete --group %workers',
  'member',
  { line: 'kafka-share-groups --list --state', keeps: OWN },
  { line: DESCRIBE, differs: MOVES },
  `${DESCRIBE} --members`,
  `${DESCRIBE} --state`,
  { line: 'kafka-share-groups --describe --all-groups', keeps: OWN, differs: MOVES },
  { line: 'kafka-share-groups --describe --group %nobody', differs: WORDS },
  { line: 'kafka-share-groups --describe --group %nobody --members', differs: WORDS },
  { line: 'kafka-share-groups --describe --group %nobody --state', differs: WORDS },
  `${RESET} --topic %queue --to-earliest --dry-run`,
  `${RESET} --topic %queue --to-earliest --execute`,
  DESCRIBE,
  `${RESET} --topic %queue:0 --to-latest --execute`,
  `${RESET} --all-topics --to-latest --execute`,
  `${RESET} --all-topics --to-datetime 2020-01-01T00:00:00.000 --execute`,
  `${RESET} --topic %idle --to-latest --execute`,
  `${RESET} --topic %queue:9 --to-latest --execute`,
  `${RESET} --topic %nothing --to-latest --execute`,
  DESCRIBE,
  'kafka-share-groups --reset-offsets --group %beginners --topic %queue --to-earliest --dry-run',
  'kafka-share-groups --reset-offsets --group %beginners --topic %queue --to-earliest --execute',
  'kafka-share-groups --describe --group %beginners',
  'kafka-share-groups --describe --group %beginners --state --verbose',
  'kafka-share-groups --delete-offsets --group %workers --topic %idle',
  { line: 'kafka-share-groups --delete-offsets --group %workers --topic %nothing', differs: WORDS },
  { line: 'kafka-share-groups --delete-offsets --group %nobody --topic %queue', differs: WORDS },
  DESCRIBE,
  'kafka-share-groups --delete --group %workers',
  'kafka-share-groups --delete --group %beginners',
  'kafka-share-groups --delete --group %nobody',
  { line: 'kafka-share-groups --list', keeps: OWN },
  'kafka-configs --alter --group %workers --delete-config share.auto.offset.reset',
  'kafka-topics --delete --topic %queue',
  'kafka-topics --delete --topic %idle',
]
