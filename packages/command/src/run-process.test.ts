import { expect, test } from 'vitest'

import { columnsOf } from './run-process.ts'

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
