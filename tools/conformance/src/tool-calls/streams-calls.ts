import { OWN, type ToolCalls } from './tool-call.ts'

const RESET = 'kafka-streams-groups --reset-offsets --group %nobody'
const WORDS = 'the error in other words'
const DESCRIBE = 'kafka-streams-groups --describe --group'

/** What becomes of groups that an application is in is seen by the scenario `streams-protocol`. */
export const streamsCalls: ToolCalls = [
  'kafka-topics --create --topic %lines --partitions 2',
  {
    line: 'kafka-console-producer --topic %lines',
    input: 'a\nb\n',
  },
  'kafka-console-consumer --topic %lines --from-beginning --max-messages 2 --group %readers',
  { line: 'kafka-streams-groups --list', keeps: OWN },
  { line: 'kafka-streams-groups --list --state', keeps: OWN },
  { line: 'kafka-streams-groups --list --state NotReady', keeps: OWN },
  { line: 'kafka-streams-groups --list --state nonsense', keeps: OWN },
  { line: 'kafka-groups --list --streams', keeps: OWN },
  ...['', ' --offsets', ' --members', ' --members --verbose', ' --state', ' --state --verbose'].map(
    (form) => ({ line: `${DESCRIBE} %nobody${form}`, differs: WORDS }),
  ),
  { line: `${DESCRIBE} %readers`, differs: WORDS },
  `${RESET} --input-topic %lines --to-earliest --dry-run`,
  { line: `${RESET} --all-input-topics --to-earliest --dry-run`, differs: WORDS },
  `${RESET} --input-topic %lines --to-earliest --execute`,
  'kafka-streams-groups --delete-offsets --group %nobody --input-topic %lines',
  'kafka-streams-groups --delete-offsets --group %readers --input-topic %lines',
  'kafka-streams-groups --delete --group %nobody',
  'kafka-streams-groups --delete --group %readers',
  'kafka-consumer-groups --delete --group %readers',
  'kafka-topics --delete --topic %lines',
]
