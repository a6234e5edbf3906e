import { Socket } from 'node:net'

import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { PacedSockets } from './paced-sockets.ts'

/** @param waits for each connection in turn, 0 after them. */
function paced(waits: number[], most?: number) {
  const clock = new ManualClock()
  const names = new Map<Socket, string>()
  const admitted: (string | undefined)[] = []
  const refused: Socket[] = []
  const sockets = new PacedSockets({
    clock,
    ...(most !== undefined && { most }),
    waitMs: () => waits.shift() ?? 0,
    admit: (socket) => admitted.push(names.get(socket)),
    refuse: (socket) => refused.push(socket),
  })
  const come = (name: string): Socket => {
    const socket = new Socket()
    names.set(socket, name)
    sockets.take(socket)
    return socket
  }
  return { clock, admitted, refused, sockets, come }
}

test('who need not wait is let in at once', () => {
  const { come, admitted, sockets } = paced([])
  come('a')
  come('b')
  expect([admitted, sockets.size]).toEqual([['a', 'b'], 0])
})

test('who waits keeps all behind it waiting, and each of them has its own time', () => {
  const { come, admitted, clock } = paced([0, 100, 0, 50])
  for (const name of ['a', 'b', 'c', 'd', 'e']) come(name)
  expect(admitted).toEqual(['a'])
  clock.advance(99)
  expect(admitted).toEqual(['a'])
  clock.advance(1)
  expect(admitted).toEqual(['a', 'b', 'c'])
  clock.advance(50)
  expect(admitted).toEqual(['a', 'b', 'c', 'd', 'e'])
  come('f')
  expect(admitted.at(-1)).toBe('f')
})

test('beyond the bound nobody waits, and nobody is left waiting at the end', () => {
  const { come, refused, sockets, clock, admitted } = paced([100], 2)
  const [one, two, three] = [come('a'), come('b'), come('c')]
  expect(refused).toEqual([three])
  sockets.close()
  clock.advance(1000)
  expect([one.destroyed, two.destroyed, admitted, sockets.size]).toEqual([true, true, [], 0])
})
