import { silentLogger } from '@pafka/base'
import { type FileSystem, memoryFileSystem } from '@pafka/log'
import { expect, test } from 'vitest'

import { CatalogLog } from './catalog-log.ts'
import { FeatureLevels } from './feature-levels.ts'
import { UpgradeType } from './feature-update.ts'

const NAME = 'transaction.version'
const real = { validateOnly: false }

function someFiles(): FileSystem {
  const files = memoryFileSystem()
  files.makeFolder('/data')
  return files
}

function open(files: FileSystem): Promise<CatalogLog> {
  return CatalogLog.open({ files, dirs: [{ id: 'a', path: '/data' }], logger: silentLogger })
}

function down(level: number) {
  return { name: NAME, level, upgradeType: UpgradeType.SAFE_DOWNGRADE }
}

test('a change counts at once and after a restart, and the epoch grows with it', async () => {
  const files = someFiles()
  const log = await open(files)
  const levels = new FeatureLevels(log)
  expect([levels.of(NAME), levels.epoch]).toEqual([2, 0])
  expect(await levels.update([down(1)], real)).toBeUndefined()
  expect([levels.of(NAME), levels.epoch]).toEqual([1, 1])
  expect(levels.finalized).toContainEqual({ name: NAME, level: 1 })
  await log.close()
  const again = new FeatureLevels(await open(files))
  expect([again.of(NAME), again.epoch]).toEqual([1, 1])
})

test('what is at 0 is not in force', async () => {
  const levels = new FeatureLevels(await open(someFiles()))
  expect(levels.finalized.map(({ name }) => name)).not.toContain('kraft.version')
  await levels.update([down(0)], real)
  expect(levels.finalized.map(({ name }) => name)).not.toContain(NAME)
})

test('one wrong update stops all, and to validate changes nothing', async () => {
  const log = await open(someFiles())
  const levels = new FeatureLevels(log)
  const wrong = { name: 'nothing', level: 1, upgradeType: UpgradeType.UPGRADE }
  expect(await levels.update([down(1), wrong], real)).toMatch(/nothing cannot be set to 1/)
  expect(await levels.update([down(1)], { validateOnly: true })).toBeUndefined()
  expect(await levels.update([down(2)], real)).toBeUndefined()
  expect([levels.of(NAME), log.sequence]).toEqual([2, 0])
})

test('updates at the same time are decided one after the other', async () => {
  const levels = new FeatureLevels(await open(someFiles()))
  const up = { name: NAME, level: 2, upgradeType: UpgradeType.UPGRADE }
  const outcomes = await Promise.all([
    levels.update([down(0)], real),
    levels.update([down(1)], real),
    levels.update([up], real),
  ])
  expect(outcomes).toEqual([undefined, expect.stringMatching(/no downgrade/), undefined])
  expect(levels.of(NAME)).toBe(2)
})

test('what a newer version wrote down is no more than what this one does', async () => {
  const log = await open(someFiles())
  const stored = new Map([
    [NAME, 9],
    ['kraft.version', 1],
    ['metadata.version', 1],
    ['newer.version', 1],
  ])
  await log.append([{ kind: 'feature-levels-set', levels: stored }])
  const levels = new FeatureLevels(log)
  expect(
    [NAME, 'kraft.version', 'metadata.version', 'newer.version'].map((n) => levels.of(n)),
  ).toEqual([2, 0, 7, 0])
  await levels.update([down(1)], real)
  expect(log.state.featureLevels.get('newer.version')).toBe(1)
})

test('nobody sees a new epoch with old levels, whoever changed them', async () => {
  const log = await open(someFiles())
  const levels = new FeatureLevels(log)
  const seen = (): unknown => [levels.epoch, levels.finalized.find(({ name }) => name === NAME)]
  expect(seen()).toEqual([0, { name: NAME, level: 2 }])
  await log.append([{ kind: 'feature-levels-set', levels: new Map([[NAME, 1]]) }])
  expect(seen()).toEqual([1, { name: NAME, level: 1 }])
})
