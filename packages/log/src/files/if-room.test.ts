import { expect, test } from 'vitest'

import { ifRoom } from './if-room.ts'
import { diskError } from './simulated-disk.ts'

function failing(code: string): () => void {
  return () => {
    throw diskError(code, '/file')
  }
}

test('what finds no room is left undone, any other failure is told', () => {
  let isDone = false
  ifRoom(() => void (isDone = true))
  expect(isDone).toBe(true)
  ifRoom(failing('ENOSPC'))
  expect(() => ifRoom(failing('EIO'))).toThrow('EIO')
})
