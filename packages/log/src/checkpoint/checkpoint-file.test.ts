import { beforeEach, describe, expect, test } from 'vitest'

import { diskError, SimulatedDisk } from '../files/simulated-disk.ts'
import { removeUnfinished, replaceDurably, replaceFile, replaceSynced } from './checkpoint-file.ts'

const PATH = '/data/checkpoint'

let files: SimulatedDisk

beforeEach(() => {
  files = SimulatedDisk.create()
  files.makeFolder('/data')
  files.writeFile(PATH, Buffer.from('old'))
})

describe.each([
  ['replaceFile', replaceFile, ['write', 'rename']],
  ['replaceSynced', replaceSynced, ['write', 'sync', 'rename']],
  ['replaceDurably', replaceDurably, ['write', 'sync', 'rename']],
] as const)('%s', (_, replace, operations) => {
  test.each(operations)('leaves the old file, and nothing beside it: no %s', async (operation) => {
    files.fault = (asked, path) => (asked === operation ? diskError('ENOSPC', path) : undefined)
    await expect(async () => replace(files, PATH, Buffer.from('new'))).rejects.toThrow('ENOSPC')
    expect(files.list('/data')).toEqual(['checkpoint'])
    expect(files.readFile(PATH)).toEqual(new Uint8Array(Buffer.from('old')))
  })

  test('on a disk that is gone says why, not what could not be removed', async () => {
    files.fault = (asked, path) =>
      asked === 'write' || asked === 'remove' ? diskError(`E${asked}`, path) : undefined
    await expect(async () => replace(files, PATH, Buffer.from('new'))).rejects.toThrow('Ewrite')
  })
})

test('only what is written beside such a file is removed', async () => {
  const others = ['checkpoint', 'checkpoint.tmp', 'checkpoint.x.tmp', 'notes.1.tmp']
  const names = [...others, 'checkpoint.1.tmp', 'checkpoint.22.tmp']
  for (const name of names) files.writeFile(`/data/${name}`, Buffer.from('x'))
  await removeUnfinished(files, '/data', names, (name) => name === 'checkpoint')
  expect(files.list('/data').toSorted()).toEqual(others)
})
