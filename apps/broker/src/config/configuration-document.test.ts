import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { configurationDocument } from './configuration-document.ts'

const PAGE = join(import.meta.dirname, '../../../../docs/configuration.md')

test('docs/configuration.md is what the tables say; pnpm generate makes it so', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(configurationDocument())
})
