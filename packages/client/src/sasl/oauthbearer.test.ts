import { expect, test } from 'vitest'

import { oauthbearer } from './oauthbearer.ts'

test('a token goes with its extensions', async () => {
  const said: string[] = []
  const mechanism = oauthbearer(() => ({ value: 'abc', extensions: { tenant: 't1' } }))
  await mechanism.authenticate((bytes) => {
    said.push(Buffer.from(bytes).toString('utf8'))
    return Promise.resolve(new Uint8Array(0))
  }, 'b:9092')
  expect(said).toEqual(['n,,\u0001auth=Bearer abc\u0001tenant=t1\u0001\u0001'])
})

test('why a token is refused is told, after the word that the broker waits for', async () => {
  const said: string[] = []
  const mechanism = oauthbearer(() => ({ value: 'old' }))
  const authenticating = mechanism.authenticate((bytes) => {
    said.push(Buffer.from(bytes).toString('utf8'))
    return Promise.resolve(Buffer.from('{"status":"invalid_token"}'))
  }, 'b:9092')
  await expect(authenticating).rejects.toThrow('invalid_token')
  expect(said.at(-1)).toBe('\u0001')
})
