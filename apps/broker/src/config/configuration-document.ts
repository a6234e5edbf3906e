import { brokerKeySections } from './broker-keys.ts'
import { plainDoc } from './config-entry.ts'
import { formatConfigValue, validRange } from './config-value.ts'
import { groupKeys } from './group-keys.ts'
import { foreignKeys } from './foreign-keys.ts'
import type { KeySpec } from './key-table.ts'
import { refusedKeyReasons } from './refused-keys.ts'
import { topicKeyNames, topicKeySpec } from './topic-keys.ts'

const INTRODUCTION = `<!-- Made by tools/docs from apps/broker/src/config -->

# Configuration

Nothing has to be configured. What is, is said in Kafka's own dotted names, in five places; a later
one is stronger:

1. the defaults below
2. a file in Kafka's format: \`pafka-broker server.properties\`
3. the environment: \`PAFKA_LOG_RETENTION_MS=60000\` sets \`log.retention.ms\`;
   the \`KAFKA_*\` of other images is not read
4. the command line: \`--override log.retention.ms=60000\`, as often as needed
5. the program that embeds the broker: \`Broker.start({ config: { 'log.retention.ms': 60_000 } })\`

Above all of them stand the changes that a client makes to the running broker or to a topic
(\`AlterConfigs\`), for the keys that say so. \`--print-config\` prints what came of it and exits.

A key that nobody knows, or a value that cannot be, stops the start; everything that is wrong is
listed at once. Keys of Kafka that mean nothing here are passed over, with one warning line that
names them; they stand at the end of this page.

Without a file the broker listens on port 9092 of every address and keeps its data in
\`./pafka-data\`, in the folder where it was started: started again there, it goes on.
`

/** docs/configuration.md, whole. */
export function configurationDocument(): string {
  const sections = Object.entries(brokerKeySections).map(([heading, table]) =>
    [`## ${heading}`, ...Object.entries<KeySpec>(table).map(brokerKeyText)].join('\n\n'),
  )
  const others = [topicSection(), groupSection(), foreignSection()]
  return `${[INTRODUCTION.trim(), ...sections, ...others].join('\n\n')}\n`
}

function brokerKeyText([name, spec]: [string, KeySpec]): string {
  const facts = factsOf(spec)
  if (spec.update !== undefined) facts.push('can be changed while the broker runs')
  if (spec.own === true) facts.push('not in Kafka')
  const { deviation } = spec
  if (deviation !== undefined) facts.push(`not as in Kafka: ${plainDoc(deviation)}`)
  return `### \`${name}\`\n\n${plainDoc(spec.doc)}\n\n- ${facts.join('\n- ')}`
}

function factsOf(spec: KeySpec): string[] {
  const text = formatConfigValue(spec.default)
  const range = validRange(spec)
  return [
    `type: ${spec.type}`,
    text === null || text === '' ? 'not set by default' : `default: \`${text}\``,
    ...(range === '' ? [] : [`valid: \`${range}\``]),
  ]
}

function topicSection(): string {
  const keys = topicKeyNames().flatMap((name) => {
    const spec = topicKeySpec(name)
    if (spec === undefined) return []
    const facts = factsOf(spec)
    const names = spec.broker.map((key) => `\`${key}\``)
    if (names.length > 0) facts.push(`default from: ${names.join(', ')}`)
    if (spec.own === true) facts.push('not in Kafka')
    return [`### Topic: \`${name}\`\n\n${plainDoc(spec.doc)}\n\n- ${facts.join('\n- ')}`]
  })
  const introduction =
    'Given when a topic is created, or changed later. A topic that does not say has the\n' +
    "broker's value."
  return ['## Configs of a topic', introduction, ...keys].join('\n\n')
}

function groupSection(): string {
  const keys = groupKeys().map(({ name, spec, broker, least, most }) => {
    const facts = factsOf(spec)
    if (broker !== undefined) facts.push(`default from: \`${broker}\``)
    const bounds = [least, most].filter((key) => key !== undefined).map((key) => `\`${key}\``)
    if (bounds.length > 0) facts.push(`within: ${bounds.join(', ')}`)
    return `### Group: \`${name}\`\n\n${plainDoc(spec.doc)}\n\n- ${facts.join('\n- ')}`
  })
  const introduction =
    'Given with `kafka-configs.sh --entity-type groups` or its API, to any group, one that is\n' +
    "not there yet, too. They count from the group's next heartbeat. A group that does not say\n" +
    "has the broker's value."
  return ['## Configs of a group', introduction, ...keys].join('\n\n')
}

function foreignSection(): string {
  const groups = foreignKeys.map(({ reason, names, prefixes }) => {
    const all = [
      ...prefixes.map((prefix) => `\`${prefix}*\``),
      ...names.map((name) => `\`${name}\``),
    ]
    return `${reason}\n\n${all.map((one) => `- ${one}`).join('\n')}`
  })
  const refused = refusedKeyReasons().map(([name, why]) => `- \`${name}\`: ${why}`)
  return [
    '## Keys that mean nothing here',
    'They are accepted, so that a file written for Kafka works, and change nothing.',
    ...groups,
    '## Keys that are refused',
    'To pass over these would leave something unguarded, so a value that asks for it is an error:',
    refused.join('\n'),
    'So is a listener whose protocol is not `PLAINTEXT`.',
  ].join('\n\n')
}
