import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { madeUpSystem } from '../../test/made-up-system.ts'
import { choiceIn, numberIn, systemFiles } from './system-files.ts'

test('what is not there, or no file, is not known', async () => {
  await using folder = await temporaryFolder()
  const at = (name: string): string => join(folder.path, name)
  mkdirSync(at('sub'))
  writeFileSync(at('number'), ' 42\n')
  symlinkSync(at('number'), at('link'))
  expect(systemFiles.text(at('number'))).toBe('42')
  expect(systemFiles.names(folder.path).toSorted()).toEqual(['link', 'number', 'sub'])
  expect(systemFiles.target(at('link'))).toBe(systemFiles.target(at('number')))
  expect([systemFiles.text(at('no')), systemFiles.text(at('sub'))]).toEqual([undefined, undefined])
  expect([systemFiles.names(at('no')), systemFiles.target(at('no'))]).toEqual([[], undefined])
})

test('a file without an end is read so far', () => {
  const text = process.platform === 'linux' ? systemFiles.text('/dev/zero') : '\0'.repeat(1 << 20)
  expect(text?.length).toBe(1 << 20)
})

test('numbers and choices, as the kernel writes them', () => {
  const system = madeUpSystem({ '/n': '-1', '/max': 'max', '/c': 'a [b] c', '/one': 'x', '/e': '' })
  expect(['/n', '/max', '/no'].map((path) => numberIn(system, path))).toEqual([
    -1,
    undefined,
    undefined,
  ])
  expect(choiceIn(system, '/c')).toEqual({ chosen: 'b', all: ['a', 'b', 'c'] })
  expect(choiceIn(system, '/one')).toEqual({ chosen: 'x', all: ['x'] })
  expect([choiceIn(system, '/e'), choiceIn(system, '/no')]).toEqual([undefined, undefined])
})
