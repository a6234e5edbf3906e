import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { beforeAll, expect, test } from 'vitest'

import { ownMain } from '../broker/crash-broker.ts'
import { runExactlyOnce } from './exactly-once.ts'
import { type Copiers, haveCopiers } from './have-copiers.ts'

const LIMIT_MS = 400_000
const INSTALL_LIMIT_MS = 300_000
const SECONDS = 12
const MEAN_GAP_MS = 3000
const SEED = Math.floor(Math.random() * 2 ** 31)
const CLIENTS = ['kafkajs', 'java-4.3.1']

let copiers: Copiers

beforeAll(async () => {
  // apart from those that other tests may be about to install
  process.env['CONFORMANCE_CACHE'] = join(import.meta.dirname, '../../.cache')
  const inCi = process.env['CI'] === 'true'
  copiers = await haveCopiers(CLIENTS, ({ name }) => inCi || name === 'kafkajs')
}, INSTALL_LIMIT_MS)

test(
  'kills of broker and copiers lose and double nothing',
  { timeout: LIMIT_MS },
  async (context) => {
    const { clients, javaTools, reasons } = copiers
    context.skip(clients.length === 0, reasons.join('; '))
    await using folder = await temporaryFolder()
    const result = await runExactlyOnce({
      seed: SEED,
      seconds: SECONDS,
      meanGapMs: MEAN_GAP_MS,
      clients,
      javaTools,
      broker: { main: ownMain(false), dataDir: join(folder.path, 'data'), overrides: [], args: [] },
      say: () => {},
    })
    const found = result.findings.map(({ message }) => message).join('\n')
    expect(result.findings, `seed ${SEED}: ${found}\n${result.logTail}`).toEqual([])
    expect(result.brokerKills).toBeGreaterThan(0)
    expect(result.records).toBeGreaterThan(0)
  },
)
