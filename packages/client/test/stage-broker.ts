import { Broker, type BrokerOptions } from '@pafka/broker'
import { assert, TestRunner } from 'vitest'

import { type Admin, Kafka } from '../src/index.ts'

/**
 * `host:port` of a Kafka to test against instead of brokers of our own. Each test begins with the
 * deletion of all that is there: it must be this machine's, nobody else may use it, and tests must
 * come one after the other.
 */
export const OTHER_KAFKA: string | undefined = process.env['PAFKA_TEST_BROKERS']

/** What tests use of a broker, whoever made it. */
export interface StageBroker extends AsyncDisposable {
  readonly bootstrap: string
  /** A test that injects faults is skipped where that cannot be done. */
  readonly faults: Broker['faults']
}

const PATIENCE_MS = 30_000
const PAUSE_MS = 20

/** A broker with these topics, and no others: one of our own, or the Kafka that is named. */
export async function startBroker(options: BrokerOptions = {}): Promise<StageBroker> {
  if (OTHER_KAFKA === undefined) return Broker.start(options)
  assert(/^(127\.0\.0\.1|localhost):/.test(OTHER_KAFKA), 'all that is there is deleted')
  const { topics = [], config = {}, ...rest } = options
  for (const name of Object.keys(rest)) skip(`it needs a broker with a ${name} of its own`)
  const kafka = new Kafka(OTHER_KAFKA)
  try {
    const admin = kafka.admin()
    await needConfigs(admin, config)
    await deleteAll(admin)
    await createTopics(admin, topics)
    return {
      bootstrap: OTHER_KAFKA,
      get faults(): never {
        return skip('it injects faults')
      },
      async [Symbol.asyncDispose]() {
        await kafka.close()
      },
    }
  } catch (error) {
    await kafka.close()
    throw error
  }
}

/** Ends the test that runs, and says why. */
function skip(why: string): never {
  const test = TestRunner.getCurrentTest()
  test?.context.skip(`not against another Kafka: ${why}`)
  throw new Error(`outside of a test: ${why}`)
}

/** They were given to it when it started. */
async function needConfigs(admin: Admin, config: BrokerOptions['config'] = {}): Promise<void> {
  const wanted = Object.entries(config)
  if (wanted.length === 0) return
  const [broker] = (await admin.cluster()).brokers
  const entries = await admin.configs.describe({ broker: broker?.id ?? 0 })
  for (const [name, value] of wanted) {
    const is = entries.get(name)?.value
    if (is !== String(value)) skip(`${name} is ${is}, and must be ${String(value)}`)
  }
}

async function createTopics(
  admin: Admin,
  topics: NonNullable<BrokerOptions['topics']>,
): Promise<void> {
  if (topics.length === 0) return
  const wanted = topics.map((topic) => (typeof topic === 'string' ? { name: topic } : topic))
  const { failed } = await admin.topics.create(wanted)
  const [failure] = failed
  if (failure !== undefined) throw failure
}

/**
 * Returns when it is seen to be gone, lest the next test takes a topic for its own. Groups go
 * first: Kafka does not delete a share group whose topics are not there any more.
 */
async function deleteAll(admin: Admin): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const topics = (await admin.topics.list()).map(({ name }) => name)
    const groups = (await admin.groups.list()).map(({ groupId }) => groupId)
    if (topics.length === 0 && groups.length === 0) return
    assert(Date.now() < deadline, `in use for too long: ${[...topics, ...groups].join(' ')}`)
    // members that went without a word keep a group in use until their session ends
    if (groups.length > 0) await admin.groups.delete(groups)
    else await admin.topics.delete(topics)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
