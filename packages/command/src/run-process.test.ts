import { PafkaError } from '@pafka/base'
import { expect, test } from 'vitest'

import { columnsOf, textOf } from './run-process.ts'

test.each([
  [{ isTTY: true, columns: 132 }, 'xterm-256color', 132],
  [{ isTTY: true, columns: 132 }, undefined, 132],
  [{ isTTY: true, columns: 132 }, 'dumb', undefined],
  [{ isTTY: false, columns: 132 }, 'xterm', undefined],
  // a terminal that was never told how wide it is
  [{ isTTY: true, columns: 0 }, 'xterm', 80],
])('%j of the kind %s has the columns %s', (stream, kind, columns) => {
  expect(columnsOf(stream, kind)).toBe(columns)
})

test('of what failed, and failed to be tidied up, both are said', () => {
  const failed = (): void => {
    using _ = {
      [Symbol.dispose]() {
        throw new PafkaError('SECOND', 'the disk is not to be unmounted')
      },
    }
    throw new PafkaError('FIRST', 'the broker does not start')
  }
  let said = ''
  try {
    failed()
  } catch (error) {
    said = textOf(error)
  }
  expect(said).toBe('the broker does not start\nthe disk is not to be unmounted')
})
