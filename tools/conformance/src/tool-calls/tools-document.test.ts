import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { parts } from './parts.ts'
import { MEMBER } from './tool-call.ts'
import { toolsDocument } from './tools-document.ts'

const DOCUMENT = new URL('../../../../docs/protocol-support.md', import.meta.url)

test('docs/protocol-support.md ends with what `pnpm generate` writes of tools', () => {
  expect(readFileSync(DOCUMENT, 'utf8').endsWith(toolsDocument())).toBe(true)
})

test('every call that is run has a row', () => {
  const document = toolsDocument()
  for (const { line } of [...parts.values()].flat()) {
    if (!line.startsWith(MEMBER)) expect(document).toContain(`| \`${line}\` |`)
  }
})
