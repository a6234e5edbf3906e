import { existsSync, readFileSync } from 'node:fs'

import { ApiVersions, Fetch, Produce } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { advertisedApis } from './advertised-apis.ts'
import { protocolDocument } from './protocol-document.ts'
import { handlersByKey } from './registry.ts'

const DOCUMENT = new URL('../../../../docs/protocol-support.md', import.meta.url)

test('docs/protocol-support.md begins with what `pnpm generate` writes', () => {
  expect(existsSync(DOCUMENT)).toBe(true)
  const begin = protocolDocument() // what tools can do comes after it
  expect(readFileSync(DOCUMENT, 'utf8').slice(0, begin.length)).toBe(begin)
})

test('every handler serves versions that its codec has', () => {
  for (const { api, minVersion, maxVersion } of handlersByKey.values()) {
    expect(minVersion, api.name).toBeGreaterThanOrEqual(api.minVersion)
    expect(maxVersion, api.name).toBeLessThanOrEqual(api.maxVersion)
    expect(minVersion, api.name).toBeLessThanOrEqual(maxVersion)
  }
})

test('Produce is offered from 0, everything else as it is served', () => {
  const offered = new Map(advertisedApis(handlersByKey.values()).map((api) => [api.apiKey, api]))
  expect(offered.get(Produce.key)).toMatchObject({ minVersion: 0, maxVersion: 13 })
  expect(offered.get(Fetch.key)).toMatchObject({ minVersion: 4, maxVersion: 18 })
  expect(offered.get(ApiVersions.key)).toMatchObject({ minVersion: 0, maxVersion: 4 })
})
