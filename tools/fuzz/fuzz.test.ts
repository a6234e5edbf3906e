import type { Fuzz } from '@pafka/testing'
import { expect, test } from 'vitest'

import { campaign, FuzzFind } from './campaign.ts'
import { fuzzFiles, loadFuzzes } from './fuzzes.ts'

const ATTEMPTS = 200

test.for([...fuzzFiles()])('%s finds nothing in a few attempts', async (file) => {
  const fuzzes = await loadFuzzes(file)
  expect(fuzzes.length).toBeGreaterThan(0)
  const seed = Math.floor(Math.random() * 2 ** 32)
  for (const fuzz of fuzzes) {
    const attempts = await campaign(fuzz, { seed, goOn: (made) => made < ATTEMPTS })
    expect(attempts).toBe(ATTEMPTS)
  }
})

test('a find says which seed replays it', async () => {
  const rare: Fuzz = {
    name: 'rare',
    run(random) {
      if (random.below(20) === 7) throw new RangeError('found')
    },
  }
  const found = await campaign(rare, { seed: 1, goOn: () => true }).catch((error: unknown) => error)
  const seed = found instanceof FuzzFind ? found.seed : -1
  await expect(campaign(rare, { seed, goOn: () => false })).rejects.toThrow(`--seed ${seed}`)
})

test('a file without fuzzes is refused', async () => {
  await expect(loadFuzzes('tools/fuzz/campaign.ts')).rejects.toThrow('does not export fuzzes')
})
