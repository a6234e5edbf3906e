import { SerialQueue } from '@pafka/base'
import { expect, test } from 'vitest'

test('actions run one at a time, in order, and each has its own result', async () => {
  const queue = new SerialQueue()
  const events: string[] = []
  const action = (name: string) => async (): Promise<string> => {
    events.push(`${name} begins`)
    await new Promise((resolve) => setImmediate(resolve))
    events.push(`${name} ends`)
    return name
  }
  const results = await Promise.all([queue.run(action('a')), queue.run(action('b'))])
  expect(results).toEqual(['a', 'b'])
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
})

test('one that fails stops nobody; idle waits for all', async () => {
  const queue = new SerialQueue()
  const failed = queue.run(() => Promise.reject(new Error('no')))
  let isDone = false
  void queue.run(async () => {
    isDone = true
  })
  await expect(failed).rejects.toThrow('no')
  await queue.idle()
  expect(isDone).toBe(true)
})
