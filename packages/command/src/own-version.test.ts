import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { ownVersion } from './own-version.ts'

test.each([
  ['{"version":"1.2.3"}', '1.2.3'],
  ['{"name":"no version"}', 'unknown'],
  ['null', 'unknown'],
])('the manifest %s says %s', async (manifest, version) => {
  await using folder = await temporaryFolder()
  mkdirSync(join(folder.path, 'dist'))
  writeFileSync(join(folder.path, 'package.json'), manifest)
  expect(ownVersion(pathToFileURL(join(folder.path, 'dist/main.js')).href)).toBe(version)
})
