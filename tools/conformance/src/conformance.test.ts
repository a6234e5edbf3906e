import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startBroker, type BrokerUnderTest } from './broker-under-test.ts'
import { clients, scenarioNames, type Client, type ScenarioName } from './clients.ts'
import { installClients, type Installation } from './install/install-clients.ts'
import { pairsOf, Suite } from './suite.ts'

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
  let suite: Suite

  beforeAll(async () => {
    const mayInstall = ({ name }: Client): boolean => inCi || quicklyHad.includes(name)
    installation = await installClients(clients, { mayInstall, tell: () => {} })
    broker = await startBroker()
    const { bootstrap } = broker
    suite = await Suite.open({ bootstrap, installed: installation.installed, quick: !inCi })
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
      const { outcome, reason } = await suite.judge(client, scenario)
      expect(outcome, reason).toBe('passed')
    })
  }
})
