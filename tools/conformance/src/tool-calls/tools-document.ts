import { parts } from './parts.ts'
import { MEMBER } from './tool-call.ts'
import { namesOf } from './transcript.ts'

const HEAD = `
## Kafka's command line tools

These calls are run in CI with the tools of Kafka 4.3.1
([how](../tools/conformance/README.md#calls-of-tools)). What they print is compared with what they
print with Apache Kafka 4.3.1: it is the same but for times, ids and speeds, with the same exit
code, or something else for the reason that is given here, which is compared as well. A name that
begins with a percent sign is one of the run, a file one that the call is given.

| call | prints |
|---|---|
`

const TAIL = `
Of streams groups those are run that need no application (\`streams-protocol\` runs one). Not run:
those of a metadata log (\`kafka-storage\`), of several
replicas (\`kafka-replica-verification\`) and of the JVM (\`kafka-jmx\`).
`

/** What docs/protocol-support.md says of tools; by tool, so that each is found. */
export function toolsDocument(): string {
  const rows = [...parts.values()].flatMap((calls) => {
    const names = namesOf(calls)
    const isFirst = (at: number): boolean => names[at] === calls[at]?.line
    return calls.filter(({ line }, at) => isFirst(at) && !line.startsWith(MEMBER))
  })
  const byLine = new Map(rows.map((call) => [call.line, call]))
  const table = [...byLine.values()]
    .toSorted((one, other) => (toolName(one.line) < toolName(other.line) ? -1 : 1))
    .map(({ line, differs }) => `| \`${line}\` | ${differs ?? 'the same'} |\n`)
  return `${HEAD}${table.join('')}${TAIL}`
}

function toolName(line: string): string {
  return line.slice(0, line.indexOf(' '))
}
