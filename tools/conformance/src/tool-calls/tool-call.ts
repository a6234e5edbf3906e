/** What is called beside the tools. */
export const MEMBER = 'member'
/** The package of most tools. */
const TOOLS = 'org.apache.kafka.tools'

/** Main classes of the tools, by the name of their script. */
const toolMains: ReadonlyMap<string, string> = new Map([
  ['kafka-acls', `${TOOLS}.AclCommand`],
  ['kafka-broker-api-versions', `${TOOLS}.BrokerApiVersionsCommand`],
  ['kafka-client-metrics', `${TOOLS}.ClientMetricsCommand`],
  ['kafka-cluster', `${TOOLS}.ClusterTool`],
  ['kafka-configs', 'kafka.admin.ConfigCommand'],
  ['kafka-console-consumer', `${TOOLS}.consumer.ConsoleConsumer`],
  ['kafka-console-producer', `${TOOLS}.ConsoleProducer`],
  ['kafka-consumer-groups', `${TOOLS}.consumer.group.ConsumerGroupCommand`],
  ['kafka-consumer-perf-test', `${TOOLS}.ConsumerPerformance`],
  ['kafka-delegation-tokens', `${TOOLS}.DelegationTokenCommand`],
  ['kafka-delete-records', `${TOOLS}.DeleteRecordsCommand`],
  ['kafka-dump-log', `${TOOLS}.DumpLogSegments`],
  ['kafka-e2e-latency', `${TOOLS}.EndToEndLatency`],
  ['kafka-features', `${TOOLS}.FeatureCommand`],
  ['kafka-get-offsets', `${TOOLS}.GetOffsetShell`],
  ['kafka-groups', `${TOOLS}.GroupsCommand`],
  ['kafka-leader-election', `${TOOLS}.LeaderElectionCommand`],
  ['kafka-log-dirs', `${TOOLS}.LogDirsCommand`],
  ['kafka-metadata-quorum', `${TOOLS}.MetadataQuorumCommand`],
  ['kafka-producer-perf-test', `${TOOLS}.ProducerPerformance`],
  ['kafka-reassign-partitions', `${TOOLS}.reassign.ReassignPartitionsCommand`],
  ['kafka-share-groups', `${TOOLS}.consumer.group.ShareGroupCommand`],
  ['kafka-streams-groups', `${TOOLS}.streams.StreamsGroupCommand`],
  ['kafka-streams-application-reset', `${TOOLS}.StreamsResetter`],
  ['kafka-topics', `${TOOLS}.TopicCommand`],
  ['kafka-transactions', `${TOOLS}.TransactionsCommand`],
  ['kafka-verifiable-consumer', `${TOOLS}.VerifiableConsumer`],
  ['kafka-verifiable-producer', `${TOOLS}.VerifiableProducer`],
  ['kafka-client-compatibility', `${TOOLS}.ClientCompatibilityTest`],
  // a consumer in a group, to be looked at: topic, group, protocol; nothing, and it leaves
  [MEMBER, MEMBER],
])

/**
 * One call of a tool; a line break in `line` counts as a space. In it and in `file`, `%` begins the
 * name of whatever belongs to this run. The tool is told the broker before the rest of its
 * arguments, where the line does not say `$broker` itself.
 */
export interface ToolCall {
  readonly line: string
  /** Its standard input. */
  readonly input?: string
  /** What the file is to hold that the line names as `$file`. */
  readonly file?: string
  /** Only lines that match count: the others are of what else is on the broker, or of chance. */
  readonly keeps?: RegExp
  /** How fast something was is no matter. */
  readonly anyNumbers?: true
  /** Why this broker prints something else than Kafka. */
  readonly differs?: string
}

/** Lines with the name of something of this run. */
export const OWN: RegExp = /%/

/** Calls that belong together, in order; run in one JVM. */
export type ToolCalls = readonly (string | ToolCall)[]

/** The script's name and the class behind it. @throws for a name that is none. */
export function toolOf({ line }: ToolCall): { readonly name: string; readonly main: string } {
  const [name = ''] = line.split(' ', 1)
  const main = toolMains.get(name)
  if (main === undefined) throw new Error(`no tool is called ${name}`)
  return { name, main }
}
