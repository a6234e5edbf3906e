import { ApiVersions, ErrorCode, UpdateFeatures, type UpdateFeaturesRequest } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { FailingFiles } from '../../test/failing-files.ts'
import { HandlerRig } from '../../test/handler-rig.ts'

const SAFE_DOWNGRADE = 2

type Update = UpdateFeaturesRequest['featureUpdates'][number]

function update(
  rig: HandlerRig,
  version: number,
  updates: Partial<Update>[],
  validateOnly = false,
) {
  const featureUpdates = updates.map((each) => ({
    feature: 'transaction.version',
    maxVersionLevel: 1,
    allowDowngrade: version === 0,
    upgradeType: version === 0 ? 1 : SAFE_DOWNGRADE,
    ...each,
  }))
  return rig.ask(UpdateFeatures, version, { timeoutMs: 1000, featureUpdates, validateOnly })
}

async function levelOf(rig: HandlerRig): Promise<number | undefined> {
  const software = { clientSoftwareName: 'x', clientSoftwareVersion: '1' }
  const { finalizedFeatures } = await rig.ask(ApiVersions, 4, software)
  return finalizedFeatures?.find(({ name }) => name === 'transaction.version')?.maxVersionLevel
}

test.each([0, 1, 2])('lowers a feature, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  const answer = await update(rig, version, [{}])
  expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, errorMessage: null })
  const each = { feature: 'transaction.version', errorCode: ErrorCode.NONE, errorMessage: null }
  expect(answer.results).toEqual(version === 2 ? [] : [each])
  expect(await levelOf(rig)).toBe(1)
  await using restarted = await rig.restart()
  expect(await levelOf(restarted)).toBe(1)
})

test.each([0, 1, 2])('refuses all for one, with one code, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  const answer = await update(rig, version, [{}, { feature: 'none.version' }])
  expect(answer).toMatchObject({ errorCode: ErrorCode.INVALID_UPDATE_VERSION, results: [] })
  expect(answer.errorMessage).toMatch(/^No feature was updated: none.version cannot be set to 1/)
  expect(await levelOf(rig)).toBe(2)
})

test('version 0 says by a flag whether it may go down', async () => {
  await using rig = await HandlerRig.start()
  const { errorCode } = await update(rig, 0, [{ allowDowngrade: false }])
  expect(errorCode).toBe(ErrorCode.INVALID_UPDATE_VERSION)
})

test('validates only', async () => {
  await using rig = await HandlerRig.start()
  expect((await update(rig, 1, [{}], true)).errorCode).toBe(ErrorCode.NONE)
  expect(await levelOf(rig)).toBe(2)
})

test('a disk that fails leaves the level, and says so', async () => {
  const disk = new FailingFiles()
  await using rig = await HandlerRig.start({ files: disk.files })
  disk.failAt = disk.operations + 1
  const answer = await update(rig, 2, [{}])
  disk.failAt = Number.POSITIVE_INFINITY
  expect(answer.errorCode).toBe(ErrorCode.FEATURE_UPDATE_FAILED)
  expect(await levelOf(rig)).toBe(2)
})
