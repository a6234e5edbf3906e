import { expect, test } from 'vitest'

import { EventLoopDelay } from './event-loop-delay.ts'

const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('the longest stall is told, once, without the time between two looks', async () => {
  const delay = new EventLoopDelay()
  delay.start()
  await turn(30)
  block(150)
  await turn(30)
  const [p50, p99, p999, most] = delay.take()
  expect([p50?.[0], p99?.[0], p999?.[0], most?.[0]]).toEqual(['0.5', '0.99', '0.999', '1'])
  expect(most?.[1]).toBeGreaterThan(0.1)
  expect(most?.[1]).toBeGreaterThanOrEqual(p50?.[1] ?? Number.NaN)
  delay.stop()
  delay.take()
  expect(delay.take().map(([, seconds]) => seconds)).toEqual([0, 0, 0, 0])
})
