/**
 * Exactly once though broker and copiers are killed: real clients copy topics in transactions,
 * read committed, with offsets in them, while kill -9 comes to any of them at any moment:
 *
 *     pnpm --filter @pafka/crash exactly-once --seconds 600
 *
 * Each client has a topic, filled by an idempotent producer of ours, or by Kafka's
 * VerifiableProducer for the one of Java; two copiers in a group (kafkajs, which does not tell its
 * generation, one) with transactional ids of their own; and a topic for the copy. In the end every
 * record stands once in the copy as a reader of committed records sees it, in the order of its
 * partition; what was acknowledged to who filled the topic is there; the offsets of the group are
 * at the ends; and the last stable offset is, too: nothing hangs.
 *
 *     --seconds N           how long it goes on killing: 600
 *     --gap N               milliseconds between kills, about: 3000
 *     --client NAME         of `@pafka/conformance`; any number of times; all that are able and
 *                           installed by default: java-4.3.1, confluent-kafka, kafkajs
 *     --seed N              the same kills as in an earlier run, at the same times
 *     --data DIR            for the broker's data: made, and removed unless something was found
 *     --built | --main FILE the broker as last built here, or any; this checkout's source otherwise
 *     --override K=V        to the broker; any number of times
 *
 * Clients are installed as `pnpm conformance --install` does; CONFORMANCE_CACHE says where. Exit
 * code 1: something was found; it is printed with the ends of the logs.
 */
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { ownMain } from './broker/crash-broker.ts'
import { runExactlyOnce } from './exactly-once/exactly-once.ts'
import { haveCopiers } from './exactly-once/have-copiers.ts'

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'), // pnpm hands its own on
  options: {
    seconds: { type: 'string', default: '600' },
    gap: { type: 'string', default: '3000' },
    client: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    data: { type: 'string', default: join(tmpdir(), `pafka-exactly-once-${process.pid}`) },
    main: { type: 'string' },
    built: { type: 'boolean', default: false },
    override: { type: 'string', multiple: true, default: [] },
  },
})

const say = (line: string): void => console.log(line)
const { clients, javaTools, reasons } = await haveCopiers(values.client, () => true)
for (const reason of reasons) say(`left out: ${reason}`)
const names = clients.map(({ client }) => client.name).join(', ')
say(`seed ${values.seed}, data in ${values.data}; ${names}`)
const { findings, logTail, ...figures } = await runExactlyOnce({
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  meanGapMs: Number(values.gap),
  clients,
  javaTools,
  broker: {
    main: values.main ?? ownMain(values.built),
    dataDir: values.data,
    overrides: values.override,
    args: [],
  },
  say,
})
for (const [name, value] of Object.entries(figures)) say(`${name}: ${value}`)
say(`${findings.length} findings`)
if (findings.length === 0) {
  await rm(values.data, { recursive: true, force: true })
} else {
  for (const finding of findings) console.error(finding.message)
  console.error(logTail)
  console.error(`--seed ${values.seed}; data in ${values.data}`)
  process.exitCode = 1
}
