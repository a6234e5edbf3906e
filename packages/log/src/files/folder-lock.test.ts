import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { lockFolder } from './folder-lock.ts'

const HOLD = `
const { lockFolder } = await import(process.argv[1])
await lockFolder(process.argv[2])
process.stdout.write('locked')
setInterval(() => {}, 1000)
`

/** Another process that holds the folder until it is killed. */
async function holder(folder: string) {
  const module = join(import.meta.dirname, 'folder-lock.ts')
  const args = ['--conditions=@pafka/source', '--input-type=module', '-e', HOLD, module, folder]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

test('a folder of a process that lives is refused, and taken over after its death', async () => {
  await using folder = await temporaryFolder()
  const child = await holder(folder.path)
  await expect(lockFolder(folder.path)).rejects.toThrow(
    `data folder ${folder.path} is in use by another broker (process ${child.pid})`,
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockFolder(folder.path)
  expect(readFileSync(join(folder.path, '.lock'), 'utf8')).toMatch(`${process.pid} `)
  await lock.release()
})

// empty: it died before it had written who it was
test.each(['2147483646 1\n', ''])('who died taking a lock over is gone: %j', async (owner) => {
  await using folder = await temporaryFolder()
  const child = await holder(folder.path)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const guard = join(folder.path, '.lock.socket.takeover')
  writeFileSync(guard, owner)
  const secondsAgo = Date.now() / 1000 - 2
  utimesSync(guard, secondsAgo, secondsAgo)
  const lock = await lockFolder(folder.path)
  expect(existsSync(guard)).toBe(false)
  await lock.release()
})

test('of many that find a stale lock one gets it', async () => {
  await using folder = await temporaryFolder()
  const child = await holder(folder.path)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder.path)))
  const got = tries.filter((one) => one.status === 'fulfilled')
  expect(got).toHaveLength(1)
  for (const one of got) await one.value.release()
})

test('the path may be longer than a socket address', async () => {
  await using folder = await temporaryFolder()
  const deep = join(folder.path, 'x'.repeat(120), 'y'.repeat(120))
  mkdirSync(deep, { recursive: true })
  const lock = await lockFolder(deep)
  await expect(lockFolder(deep)).rejects.toThrow(/in use/)
  await lock.release()
})

test("Kafka's empty lock file is no obstacle", async () => {
  await using folder = await temporaryFolder()
  writeFileSync(join(folder.path, '.lock'), '')
  const lock = await lockFolder(folder.path)
  await lock.release()
  expect(readFileSync(join(folder.path, '.lock'), 'utf8')).toBe('')
})

test('the end of a lock leaves that of another folder alone', async () => {
  await using folder = await temporaryFolder()
  const [one, other] = [join(folder.path, 'one'), join(folder.path, 'other')]
  for (const path of [one, other]) mkdirSync(path)
  const lock = await lockFolder(one)
  writeFileSync(join(other, '.lock.socket'), '')
  const fd = openSync(other, 'r') // gets the lowest number that is free
  await lock.release()
  closeSync(fd)
  expect(existsSync(join(one, '.lock.socket'))).toBe(false)
  expect(existsSync(join(other, '.lock.socket'))).toBe(true)
})

const isLinux = process.platform === 'linux'

test.skipIf(!isLinux)(
  'a lock is given back when its folder is gone, and another there',
  async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'locked')
    mkdirSync(path)
    const first = await lockFolder(path)
    rmSync(path, { recursive: true })
    mkdirSync(path)
    const second = await lockFolder(path)
    await first.release()
    await expect(lockFolder(path)).rejects.toThrow(/in use/)
    await second.release()
  },
)
