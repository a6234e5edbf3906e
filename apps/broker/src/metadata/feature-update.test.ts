import { expect, test } from 'vitest'

import { featureUpdateProblem, UpgradeType } from './feature-update.ts'

const { UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE } = UpgradeType
const feature = { name: 'some.version', minLevel: 0, maxLevel: 3, level: 2 }
const metadata = { name: 'metadata.version', minLevel: 7, maxLevel: 30, level: 30 }

/** Feature at level 1: which changes are accepted, and why others are not. */
test.each<[level: number, upgradeType: number, problem: RegExp | undefined]>([
  [1, UPGRADE, undefined],
  [1, SAFE_DOWNGRADE, undefined],
  [2, UPGRADE, undefined],
  [0, SAFE_DOWNGRADE, undefined],
  [0, UNSAFE_DOWNGRADE, undefined],
  [0, UPGRADE, /must be a downgrade/],
  [2, SAFE_DOWNGRADE, /is no downgrade/],
  [2, UNSAFE_DOWNGRADE, /is no downgrade/],
  [3, UPGRADE, /does not do more than 2/],
  [4, UPGRADE, /levels 0 to 3 only/],
  [-1, SAFE_DOWNGRADE, /less than 0/],
  [1, 0, /no upgrade type 0/],
  [1, 4, /no upgrade type 4/],
])('to level %i, upgrade type %i', (level, upgradeType, problem) => {
  const found = featureUpdateProblem({ name: 'some.version', level, upgradeType }, feature, 1)
  if (problem === undefined) expect(found).toBeUndefined()
  else expect(found).toMatch(problem)
})

test('a feature that is not known has no level, not even 0', () => {
  const update = { name: 'other', level: 0, upgradeType: SAFE_DOWNGRADE }
  expect(featureUpdateProblem(update, undefined, 0)).toMatch(/does not know/)
})

test.each([SAFE_DOWNGRADE, UNSAFE_DOWNGRADE])(
  'metadata does not go back, type %i',
  (upgradeType) => {
    const update = { name: 'metadata.version', level: 20, upgradeType }
    expect(featureUpdateProblem(update, metadata, 30)).toMatch(/cannot go back from 30/)
    expect(featureUpdateProblem({ ...update, level: 30 }, metadata, 30)).toBeUndefined()
  },
)
