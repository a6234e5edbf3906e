import { once } from 'node:events'

import { expect, test } from 'vitest'

import { tellingMeanwhile } from './meanwhile.ts'

const NEVER = new AbortController().signal

test('it is told until the work is done', async () => {
  let told = 0
  const enough = Promise.withResolvers<string>()
  const tell = async (): Promise<void> => {
    if (++told === 3) enough.resolve('done')
    await Promise.resolve()
  }
  expect(await tellingMeanwhile({ everyMs: 1, tell }, () => enough.promise, NEVER)).toBe('done')
  expect(told).toBeGreaterThanOrEqual(3)
})

test('who tells slowly is not asked again meanwhile', async () => {
  let [now, most] = [0, 0]
  const tell = async (): Promise<void> => {
    most = Math.max(most, ++now)
    await new Promise((resolve) => setTimeout(resolve, 10))
    now -= 1
  }
  const work = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40))
  await tellingMeanwhile({ everyMs: 1, tell }, work, NEVER)
  expect(most).toBe(1)
  // the last was waited for
  expect(now).toBe(0)
})

test('when nobody listens the work ends early, and it is said why', async () => {
  const gone = new Error('nobody reads any more')
  const tell = (): Promise<void> => Promise.reject(gone)
  const work = async (signal: AbortSignal): Promise<void> => void (await once(signal, 'abort'))
  await expect(tellingMeanwhile({ everyMs: 1, tell }, work, NEVER)).rejects.toThrow(gone.message)
})

test('a signal from outside ends the work, and is no failure', async () => {
  const stop = new AbortController()
  const work = async (signal: AbortSignal): Promise<string> => {
    stop.abort()
    return String(signal.aborted)
  }
  const telling = { everyMs: 1000, tell: async (): Promise<void> => {} }
  expect(await tellingMeanwhile(telling, work, stop.signal)).toBe('true')
})
