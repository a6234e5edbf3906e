import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startBroker, type BrokerUnderTest } from './broker-under-test.ts'
import { clients, scenarioNames, type Client, type ScenarioName } from './clients.ts'
import { installClients, type Installation } from './install/install-clients.ts'
import { pairsOf, Suite, type SuiteOptions } from './suite.ts'

const INSTALL_TIMEOUT_MS = 20 * 60_000
const SCENARIO_TIMEOUT_MS = 5 * 60_000

/**
 * In CI every client, and none may be missing. Elsewhere what is quickly had, and of the others
 * what is there already.
 */
const inCi = process.env['CI'] === 'true'
const everything = inCi || process.env['CONFORMANCE'] === 'all'
const quicklyHad = ['kafkajs']
const shortScenarios: readonly ScenarioName[] = ['codec']

const isWanted = ({ name }: Client, scenario: ScenarioName): boolean =>
  everything || quicklyHad.includes(name) || shortScenarios.includes(scenario)

describe('real clients against the broker', () => {
  let installation: Installation
  let broker: BrokerUnderTest
  let options: SuiteOptions
  let suite: Suite

  beforeAll(async () => {
    const mayInstall = ({ name }: Client): boolean => inCi || quicklyHad.includes(name)
    installation = await installClients(clients, { mayInstall, tell: () => {} })
    broker = await startBroker()
    const { bootstrap } = broker
    options = { bootstrap, installed: installation.installed, quick: !inCi }
    suite = await Suite.open(options)
  }, INSTALL_TIMEOUT_MS)

  afterAll(async () => {
    await suite?.[Symbol.asyncDispose]()
    await broker?.[Symbol.asyncDispose]()
  }, SCENARIO_TIMEOUT_MS)

  for (const { client, scenario } of pairsOf(clients, scenarioNames)) {
    test(`${client.name}: ${scenario}`, { timeout: SCENARIO_TIMEOUT_MS }, async ({ skip }) => {
      const missing = installation.missing.find((each) => each.client === client)
      if (inCi && missing !== undefined) throw new Error(missing.reason)
      skip(missing !== undefined, missing?.reason)
      skip(!isWanted(client, scenario), 'CONFORMANCE=all runs it')
      let result = await suite.judge(client, scenario)
      if (result.outcome === 'failed' && client.hangsAtTimes === true) {
        console.warn(`${client.name} ${scenario}, once more: ${result.reason}`)
        await using another = await Suite.open(options)
        result = await another.judge(client, scenario)
      }
      const { outcome, reason } = result
      expect(outcome, reason).toBe('passed')
    })
  }
})
