import { expect, test } from 'vitest'

import { commandEntries, libraryEntries } from './manifest.ts'

test('an export with a source is an entry of the library', () => {
  const exports = {
    '.': { '@pafka/source': './src/index.ts', import: './dist/index.js' },
    './testing': { '@pafka/source': './src/testing/index.ts' },
    './internal': './src/internal.ts',
    './package.json': './package.json',
  }
  expect(libraryEntries({ name: 'x', exports })).toEqual({
    index: './src/index.ts',
    'testing/index': './src/testing/index.ts',
  })
})

test('a command is made from the source of the same name', () => {
  expect(commandEntries({ name: 'x', bin: { run: './dist/main.js' } })).toEqual({
    main: 'src/main.ts',
  })
  expect(commandEntries({ name: 'x' })).toEqual({})
})
