import { expect, test } from 'vitest'

import { runHistory } from './power-cuts.ts'

/** One seed replays alone: PAFKA_POWER_CUT_SEED=123. */
const ONE = process.env['PAFKA_POWER_CUT_SEED']
const SEEDS = process.env['CI'] === undefined ? 200 : 1500
const MINUTES = 10

test('whatever a power cut leaves, every ack is kept', { timeout: MINUTES * 60_000 }, async () => {
  const seeds = ONE === undefined ? Array.from({ length: SEEDS }, (_, at) => at + 1) : [Number(ONE)]
  const broken: string[] = []
  for (const seed of seeds) {
    await runHistory(seed).catch((error: unknown) => {
      broken.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`)
    })
  }
  expect(broken).toEqual([])
})
