import { expect, test } from 'vitest'

import { withEnding } from './declarations.ts'

test('relative imports get the ending of the module system, others keep theirs', () => {
  const text = [
    "export { assert } from './assert.ts'",
    "export type * from '../a.b/clock.ts'",
    "import './side.ts'",
    "export declare const clock: import('./clock.ts').Clock",
    "import type { Api } from '@pafka/protocol'",
    '// written in ./clock.ts',
  ].join('\n')
  const cjs = withEnding(text, 'cjs')
  expect(cjs.match(/\.cjs'/g)).toHaveLength(4)
  expect(cjs).toContain("import('./clock.cjs')")
  expect(cjs).toContain("'@pafka/protocol'\n// written in ./clock.ts")
  expect(withEnding(text, 'js')).toContain("from '../a.b/clock.js'")
})
