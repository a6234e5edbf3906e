import { expect, test, vi } from 'vitest'

import { SilenceWatch } from './silence-watch.ts'

interface Watched {
  readonly asked: () => number
  readonly told: string[]
  readonly watch: SilenceWatch
}

function watched(lastMs: () => number, problem?: string): Watched {
  const told: string[] = []
  let asked = 0
  const watch = new SilenceWatch({
    lastMs,
    problem: async () => {
      asked += 1
      return problem
    },
    tell: (text) => void told.push(text),
    ...{ silentMs: 5, lookMs: 1 },
  })
  return { asked: () => asked, told, watch }
}

test('who is silent and gone is told of once', async () => {
  const { asked, told, watch } = watched(() => 0, 'gone')
  using _ = watch
  await vi.waitFor(() => expect(told).toEqual(['gone']))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(told).toEqual(['gone'])
  expect(asked()).toBe(1)
})

test('who is silent and there is asked again, and not told of', async () => {
  const { asked, told, watch } = watched(() => 0)
  using _ = watch
  await vi.waitFor(() => expect(asked()).toBeGreaterThan(1))
  expect(told).toEqual([])
})

test('who answers, or has not begun, is not asked', async () => {
  const { asked, watch } = watched(() => performance.now() + 1, 'gone')
  using _ = watch
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(asked()).toBe(0)
})
