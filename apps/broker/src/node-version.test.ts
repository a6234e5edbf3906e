import { readFileSync } from 'node:fs'

import { PafkaError } from '@pafka/base'
import { expect, test } from 'vitest'

import { checkNodeVersion, OLDEST_NODE } from './node-version.ts'

test.each(['20.20.2', '22.14.0', '18.0.0'])('Node %s is refused with both versions', (version) => {
  expect(() => checkNodeVersion(version)).toThrow(PafkaError)
  expect(() => checkNodeVersion(version)).toThrow(`${OLDEST_NODE} or newer`)
})

test.each(['22.15.0', '22.20.1', '24.0.0', '26.2.0'])('Node %s will do', (version) => {
  expect(() => checkNodeVersion(version)).not.toThrow()
})

test('the package asks for the same', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  expect(text).toContain(`"node": ">=${OLDEST_NODE}"`)
})
