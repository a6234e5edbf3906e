import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { CLIENT_TESTS, CONFIGS, type FileResult, runClientTests } from './client-on-kafka.ts'
import { installKafkaServer } from './install/kafka-server.ts'
import { NotInstallable } from './install/toolbox.ts'
import { type KafkaProcess, startKafka } from './kafka-process.ts'

const LIMIT_MS = 20 * 60_000
/** Elsewhere only where somebody asked for it: it takes minutes. */
const inCi = process.env['CI'] === 'true'
const isWanted = inCi || process.env['CONFORMANCE'] === 'all'

describe('the client against Apache Kafka', () => {
  let kafka: KafkaProcess | undefined
  let results: ReadonlyMap<string, FileResult> = new Map()
  let missing = isWanted ? '' : 'CONFORMANCE=all runs it'

  beforeAll(async () => {
    if (!isWanted) return
    try {
      kafka = await startKafka(await installKafkaServer(true), CONFIGS)
    } catch (error) {
      if (inCi || !(error instanceof NotInstallable)) throw error
      missing = error.message
      return
    }
    results = await runClientTests(kafka.bootstrap)
  }, LIMIT_MS)

  afterAll(async () => kafka?.[Symbol.asyncDispose](), LIMIT_MS)

  test.for(CLIENT_TESTS)('%s', (name, { skip }) => {
    skip(missing !== '', missing)
    const { passed = 0, failures = ['it did not run'] } = results.get(name) ?? {}
    expect(failures.join('\n\n'), kafka?.output).toBe('')
    expect(passed).toBeGreaterThan(0)
  })
})
