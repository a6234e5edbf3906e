import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { nodeComplaint, OLDEST_NODE } from './node-version.ts'

test.each(['20.20.2', '22.14.0', '18.0.0'])('Node %s is refused with both versions', (version) => {
  expect(nodeComplaint(version)).toBe(`Node ${OLDEST_NODE} or newer is needed; this is ${version}`)
})

test.each(['22.15.0', '22.20.1', '24.0.0', '26.2.0'])('Node %s will do', (version) => {
  expect(nodeComplaint(version)).toBeUndefined()
})

test('packages ask for the same', () => {
  const cwd = join(import.meta.dirname, '../../..')
  const manifests = globSync('{apps,packages}/*/package.json', { cwd })
  expect(manifests.length).toBeGreaterThan(5)
  for (const path of manifests) {
    const text = readFileSync(join(cwd, path), 'utf8')
    if (text.includes('"engines"')) expect(text, path).toContain(`"node": ">=${OLDEST_NODE}"`)
  }
})
