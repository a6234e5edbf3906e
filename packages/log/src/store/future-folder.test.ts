import { SimulatedDisk } from '@pafka/log'
import { expect, test } from 'vitest'

import {
  encodeMoveNote,
  futureFolder,
  leftName,
  newMoveId,
  parseFutureFolder,
  parseLeftName,
  readMoveNote,
} from './future-folder.ts'
import { parsePartitionFolder } from './partition-folder.ts'

const NOTE = {
  topic: 'a.b-c_1',
  partition: 12,
  topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
  fromId: 'BBBBBBBBBBBBBBBBBBBBBQ',
  toId: 'CCCCCCCCCCCCCCCCCCCCCQ',
}

test('names tell the move, and are those of no partition', () => {
  const id = newMoveId()
  const future = futureFolder('a-1', 2, id)
  expect(future).toBe(`a-1-2.${id}-future`)
  expect(parseFutureFolder(future)).toBe(id)
  expect(parseLeftName(leftName(id))).toBe(id)
  for (const name of [future, leftName(id)]) expect(parsePartitionFolder(name)).toBeUndefined()
  for (const name of ['a-1', `a-1.${id}-delete`, `left.${id}x`, 'left.1']) {
    expect(parseFutureFolder(name) ?? parseLeftName(name)).toBeUndefined()
  }
})

test('a note is read as it was written, and none that was cut or is damaged', () => {
  const disk = SimulatedDisk.create()
  disk.makeFolder('/a')
  const bytes = encodeMoveNote(NOTE)
  disk.writeFile('/a/move', bytes)
  expect(readMoveNote(disk, '/a/move')).toEqual(NOTE)
  expect(readMoveNote(disk, '/a/other')).toBeUndefined()
  for (let length = 0; length < bytes.length; length++) {
    disk.writeFile('/a/move', bytes.subarray(0, length))
    expect(readMoveNote(disk, '/a/move'), `${length} bytes`).toBeUndefined()
  }
  disk.writeFile('/a/move', Buffer.from(bytes.toString().replace('12', '-2')))
  expect(readMoveNote(disk, '/a/move')).toBeUndefined()
})
