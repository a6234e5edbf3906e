import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { type CampaignResult, runCampaign } from './campaign.ts'
import type { WorkloadCounts } from './load/workload.ts'
import { parseOptions } from './options.ts'

const LIMIT_MS = 180_000
const MOST_ROUNDS = 50
/** Batches without an ack that may have been stored nevertheless: two producers, 20 partitions. */
const MOST_REPEATED = 2 * 20 * 5
const SEED = Math.floor(Math.random() * 2 ** 31)

type Tamper = (dataDir: string, counts: WorkloadCounts) => Promise<void>

interface Small {
  readonly rounds: number
  readonly args?: readonly string[]
  readonly tamper?: Tamper
}

/** A campaign on the sources, with data of its own, that writes little. */
async function campaign({ rounds, args = [], tamper }: Small): Promise<CampaignResult> {
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const asked = ['--rounds', String(rounds), '--seed', String(SEED), '--data', dataDir]
  return await runCampaign({
    ...parseOptions([...asked, '--round-mib', '4', ...args]),
    say: () => {},
    tamper: async (counts) => tamper?.(dataDir, counts),
  })
}

test('three kills lose nothing', { timeout: LIMIT_MS }, async () => {
  const result = await campaign({ rounds: 3 })
  const what = `${result.findings.map(({ message }) => message).join('\n')}\n${result.logTail}`
  expect(result.findings, `seed ${SEED}: ${what}`).toEqual([])
  expect(result.rounds).toBe(3)
  expect(result.readyMs).toHaveLength(4)
})

test('data of an earlier moment is found out', { timeout: LIMIT_MS }, async () => {
  let copied: WorkloadCounts | undefined
  let isBack = false
  const result = await campaign({
    rounds: MOST_ROUNDS,
    tamper: async (dataDir, counts) => {
      const copy = `${dataDir}-copy`
      if (copied === undefined) {
        await cp(dataDir, copy, { recursive: true, filter: isNoSocket })
        copied = counts
      } else if (counts.ackedBatches > copied.ackedBatches + MOST_REPEATED) {
        await rm(dataDir, { recursive: true })
        await cp(copy, dataDir, { recursive: true })
        isBack = true
      }
    },
  })
  expect(isBack).toBe(true)
  const kinds = new Set(result.findings.map(({ kind }) => kind))
  expect(kinds, `seed ${SEED}`).toContain('end went back')
})

test(
  'a broker that ends by itself is found out, with what it said',
  { timeout: LIMIT_MS },
  async () => {
    const result = await campaign({ rounds: 1, args: ['--override', 'log.segment.bytes=none'] })
    expect(result.findings.map(({ kind }) => kind)).toEqual(['broker died'])
    expect(result.logTail).toContain('log.segment.bytes')
  },
)

/** The running broker's lock is one where locks are sockets, and sockets cannot be copied. */
function isNoSocket(path: string): boolean {
  return !path.endsWith('.socket')
}
