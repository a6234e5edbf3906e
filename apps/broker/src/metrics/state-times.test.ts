import { expect, test } from 'vitest'

import { StateTimes } from './state-times.ts'

test('what is seen at a look lasts until the next one', () => {
  const times = new StateTimes(['rest', 'full'], 1000)
  times.look(2500, [['a', 'rest']]) // nobody knows what was before
  times.look(3000, [
    ['a', 'full'],
    ['b', 'rest'],
  ])
  times.look(5000, [['b', 'rest']])
  times.look(6000, [['b', 'full']])
  expect([...times.seconds()]).toEqual([
    [['a', 'rest'], 0.5],
    [['a', 'full'], 2],
    [['b', 'rest'], 3],
    [['b', 'full'], 0],
  ])
})

test('what was seen once is told, with no time yet', () => {
  const times = new StateTimes(['rest'], 0)
  times.look(0, [['a', 'rest']])
  expect([...times.seconds()]).toEqual([[['a', 'rest'], 0]])
})
