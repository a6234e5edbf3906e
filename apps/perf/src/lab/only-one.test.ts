import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { onlyOne } from './only-one.ts'

test.runIf(process.platform === 'linux')('one has it after the other', async () => {
  const name = randomUUID()
  let [inside, most] = [0, 0]
  await Promise.all(
    [1, 2, 3, 4].map(async () => {
      await using _ = await onlyOne(name)
      inside += 1
      most = Math.max(most, inside)
      await sleep(5)
      inside -= 1
    }),
  )
  expect([inside, most]).toEqual([0, 1])
})
