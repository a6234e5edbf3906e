import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { clients, references } from './clients.ts'
import { driversFolder } from './install/toolbox.ts'

const goModules = readFileSync(join(driversFolder, 'go', 'go.mod'), 'utf8')

test.each(clients.filter(({ source }) => source.kind === 'go'))(
  'go.mod asks for the version of $name that the table names',
  ({ source }) => {
    if (source.kind !== 'go') throw new Error('filtered above')
    expect(goModules).toContain(`\t${source.module} v${source.version}\n`)
  },
)

test('no two clients share a name, for it names a folder and topics', () => {
  const names = clients.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.filter((name) => !/^[a-z0-9.-]+$/.test(name))).toEqual([])
})

test('the clients that others are compared with are in the table', () => {
  expect(clients.map(({ name }) => name)).toEqual(expect.arrayContaining([...references]))
})
