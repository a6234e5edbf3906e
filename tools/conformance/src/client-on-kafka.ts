import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

import { packageFolder } from './install/toolbox.ts'

const ROOT = resolve(packageFolder, '../..')
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const RUN_LIMIT_MS = 8 * 60_000

/** What the tests of the client, each with a broker of ours, start that broker with. */
export const CONFIGS: Readonly<Record<string, number | string>> = {
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1000,
  'group.consumer.heartbeat.interval.ms': 50,
  'group.consumer.min.heartbeat.interval.ms': 50,
  // who went without a word keeps the next test waiting
  'group.consumer.session.timeout.ms': 5000,
  'group.consumer.min.session.timeout.ms': 5000,
  'group.share.heartbeat.interval.ms': 50,
  'group.share.min.heartbeat.interval.ms': 50,
  'group.share.session.timeout.ms': 5000,
  'group.share.min.session.timeout.ms': 5000,
  'group.streams.session.timeout.ms': 6000,
  'group.streams.min.session.timeout.ms': 6000,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
  // for there to be ACLs; who says no name may do everything
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

/** Tests of the client that take a broker as it comes; the others need one that they can break. */
export const CLIENT_TESTS: readonly string[] = [
  'admin-access',
  'admin-brokers',
  'admin-configs',
  'admin-groups',
  'admin-partitions',
  'admin-topics',
  'admin-transactions',
  'closing',
  'consume',
  'consumer-protocol',
  'opentelemetry',
  'decode-policy',
  'defaults',
  'fenced-producers',
  'late-transactions',
  'partitions',
  'pipe',
  'produce',
  'racks',
  'read',
  'rebalances',
  'schemas',
  'share-serdes',
  'transactions',
  'waiting-records',
  'kafkajs/groups',
  'kafkajs/programs',
]

export interface FileResult {
  readonly passed: number
  readonly skipped: number
  /** By name, with what was said. */
  readonly failures: readonly string[]
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly status: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[] | null
    }[]
  }[]
}

/** Runs them all against a Kafka, one after the other. @returns what became of each file */
export async function runClientTests(bootstrap: string): Promise<ReadonlyMap<string, FileResult>> {
  const folder = await mkdtemp(join(tmpdir(), 'pafka-client-on-kafka-'))
  try {
    const file = join(folder, 'report.json')
    const said = await runVitest(bootstrap, file)
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) throw new Error(`no report:\n${said}`)
    const { testResults } = JSON.parse(text) as Report
    return new Map(testResults.map((each) => [nameOf(each.name), resultOf(each)]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether tests fail is for the report to say. */
async function runVitest(bootstrap: string, file: string): Promise<string> {
  const files = CLIENT_TESTS.map((name) => `packages/client/test/${name}.test.ts`)
  const terms = ['--no-file-parallelism', '--reporter=json', `--outputFile=${file}`]
  const args = ['run', ...terms, ...files]
  const variables = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))
  const child = spawn(process.execPath, [VITEST, ...args], {
    cwd: ROOT,
    env: { ...Object.fromEntries(variables), PAFKA_TEST_BROKERS: bootstrap },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_LIMIT_MS,
  })
  let said = ''
  const listen = (text: string): void => {
    said += text
  }
  child.stdout.setEncoding('utf8').on('data', listen)
  child.stderr.setEncoding('utf8').on('data', listen)
  await once(child, 'close')
  return said
}

function nameOf(path: string): string {
  const name = basename(path, '.test.ts')
  return path.includes('/kafkajs/') ? `kafkajs/${name}` : name
}

function resultOf({
  message,
  status,
  assertionResults,
}: Report['testResults'][number]): FileResult {
  const count = (wanted: readonly string[]): number =>
    assertionResults.filter((each) => wanted.includes(each.status)).length
  const failed = assertionResults
    .filter((each) => each.status === 'failed')
    .map(({ fullName, failureMessages }) => `${fullName}: ${(failureMessages ?? []).join('\n')}`)
  // a file that could not be loaded has no tests that fail
  const failures = failed.length === 0 && status === 'failed' ? [message] : failed
  return { passed: count(['passed']), skipped: count(['skipped', 'pending']), failures }
}
