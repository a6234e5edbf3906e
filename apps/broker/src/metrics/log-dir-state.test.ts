import { expect, test } from 'vitest'

import { LOG_DIR_STATES, logDirState } from './log-dir-state.ts'

test.each([
  [0, 'taking'],
  [0.5, 'taking'],
  [0.51, 'slowing'],
  [0.99, 'slowing'],
  [1, 'holding'],
])('with a pressure of %d it is %s', (pressure, state) => {
  expect(logDirState({ isOnline: true, isRefusing: false, pressure })).toBe(state)
  expect(logDirState({ isOnline: true, isRefusing: true, pressure })).toBe('refusing')
  expect(logDirState({ isOnline: false, isRefusing: true, pressure })).toBe('offline')
})

test('numbers of states stay as they are: others compare with them', () => {
  expect(LOG_DIR_STATES.map((state, at) => `${at} ${state}`)).toEqual([
    ...['0 taking', '1 slowing', '2 holding', '3 refusing', '4 offline'],
  ])
})
