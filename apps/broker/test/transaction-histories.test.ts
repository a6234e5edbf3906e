import { expect, test } from 'vitest'

import { runTransactionHistory } from './transaction-histories.ts'

/** One seed replays alone: PAFKA_TRANSACTION_SEED=123. */
const ONE = process.env['PAFKA_TRANSACTION_SEED']
const SEEDS = process.env['CI'] === undefined ? 100 : 1000

test('what is committed is seen, wholly, and nothing else', { timeout: 600_000 }, async () => {
  const seeds = ONE === undefined ? Array.from({ length: SEEDS }, (_, at) => at + 1) : [Number(ONE)]
  const problems: string[] = []
  for (const seed of seeds) {
    // oxlint-disable-next-line no-await-in-loop -- each has a broker of its own
    await runTransactionHistory(seed).catch((error: unknown) => {
      problems.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`)
    })
  }
  expect(problems).toEqual([])
})
