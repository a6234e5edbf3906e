import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { getDependencyReleaseLine, getReleaseLine } from './changelog.ts'
import { ROOT } from './workspace.ts'

test('changesets uses it', async () => {
  const folder = join(ROOT, '.changeset')
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object
  const path: unknown = Reflect.get(config, 'changelog')
  const used = (await import(join(folder, String(path)))) as object
  expect(used).toMatchObject({ getReleaseLine, getDependencyReleaseLine })
})

test('dependencies are said once, for any number of changes', () => {
  const changes = ['a', 'b', 'c'].map((summary) => ({ summary }))
  const updated = ['one', 'two'].map((name) => ({ name, newVersion: '1.2.0' }))
  expect(getDependencyReleaseLine(changes, updated)).toBe(
    '- Updated dependencies\n  - one@1.2.0\n  - two@1.2.0',
  )
  expect(getDependencyReleaseLine(changes, [])).toBe('')
})

test('further lines of a change are indented', () => {
  expect(getReleaseLine({ summary: 'First. \nSecond.' })).toBe('- First.\n  Second.')
})
