import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { temporaryFolder } from '@pafka/testing'

import { loadConfig } from './load-config.ts'
import { printConfig } from './print-config.ts'

const settings = { 'log.dirs': 'C:\\data', 'node.id': 4, 'log.retention.ms': 5000 } as const

test('what somebody set is printed with its place', () => {
  expect(printConfig(loadConfig({ settings }).config, { onlySet: true })).toBe(
    '# config\nnode.id=4\n# config\nlog.dirs=C:\\\\data\n# config\nlog.retention.ms=5000\n',
  )
})

test('what is printed can be read back', async () => {
  const { config } = loadConfig({ settings })
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'server.properties')
  writeFileSync(file, printConfig(config, { onlySet: false }))
  const again = loadConfig({ file }).config
  expect({ ...again, provenance: 0 }).toEqual({ ...config, provenance: 0 })
})
