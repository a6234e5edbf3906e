import { expect, test } from 'vitest'

import { runSeeds } from './power-cut-seeds.ts'
import { runHistory } from './power-cuts.ts'

/** One seed replays alone, in this process: PAFKA_POWER_CUT_SEED=123. */
const ONE = process.env['PAFKA_POWER_CUT_SEED']
const SEEDS = process.env['CI'] === undefined ? 200 : 10_000
/** They take three minutes on two cores that are free. */
const MINUTES = 25

test.skipIf(ONE !== undefined)(
  'whatever a power cut leaves, every ack is kept',
  { timeout: MINUTES * 60_000 },
  async ({ signal }) => {
    const { count, broken } = await runSeeds(upTo(SEEDS), signal)
    expect(broken.map(({ seed, problem }) => `seed ${seed}: ${problem}`)).toEqual([])
    expect(count).toBe(SEEDS)
  },
)

test.runIf(ONE !== undefined)(`seed ${ONE} keeps every ack`, async () => {
  await expect(runHistory(Number(ONE))).resolves.toBeUndefined()
})

function* upTo(last: number): Generator<number, undefined> {
  for (let seed = 1; seed <= last; seed++) yield seed
}
