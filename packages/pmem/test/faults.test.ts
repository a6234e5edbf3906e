import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { PmemError } from '../src/index.ts'
import { nativeBinding } from '../src/native-binding.ts'

const run = promisify(execFile)
const LIMIT_MS = 60_000
const NO_ROOM = 'store where the file system has no room'
const KILLED = 'die of a signal that is not ours'
const isNative = !(nativeBinding() instanceof PmemError)
const mayMount = process.platform === 'linux' && process.getuid?.() === 0

function argumentsOf(child: string, ...rest: readonly string[]): string[] {
  return ['--expose-gc', join(import.meta.dirname, child), ...rest]
}

function scenariosOf(child: string): readonly string[] {
  const { stdout } = spawnSync(process.execPath, argumentsOf(child), { encoding: 'utf8' })
  return JSON.parse(stdout) as string[]
}

/** What the scenario printed, and how its process ended. */
function outcome(child: string, name: string, folder: string): Promise<unknown> {
  mkdirSync(folder, { recursive: true })
  const options = { timeout: LIMIT_MS, killSignal: 'SIGKILL' } as const
  return new Promise((resolve) => {
    const args = argumentsOf(child, name, folder)
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const ended = error === null ? 0 : (error.signal ?? error.code)
      resolve({ ended, stderr, stdout: stdout.trim() })
    })
  })
}

const places = [tmpdir(), '/dev/shm'].filter((place) => existsSync(place))
const faults = isNative ? scenariosOf('faults-child.ts') : []
const threads = isNative ? scenariosOf('threads-child.ts') : []
const alive = { ended: 0, stderr: '', stdout: 'done' }

describe.skipIf(!isNative).for(places)('in %s', (place) => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(place, 'pafka-pmem-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const common = faults.filter((name) => name !== NO_ROOM && name !== KILLED)
  test.for(common)('a region may %s', { timeout: LIMIT_MS }, async (name) => {
    expect(await outcome('faults-child.ts', name, join(folder, name))).toEqual(alive)
  })

  test.for(threads)('threads %s', { timeout: LIMIT_MS }, async (name) => {
    expect(await outcome('threads-child.ts', name, join(folder, name))).toEqual(alive)
  })

  test('SIGBUS still kills who is sent it', { timeout: LIMIT_MS }, async () => {
    const found = await outcome('faults-child.ts', KILLED, join(folder, KILLED))
    expect(found).toMatchObject({ ended: 'SIGBUS', stdout: '' })
  })
})

test.skipIf(!isNative || !mayMount)('a full file system fails the region only', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pafka-pmem-'))
  await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
  try {
    writeFileSync(join(folder, 'sparse'), '')
    truncateSync(join(folder, 'sparse'), 1 << 20)
    expect(await outcome('faults-child.ts', NO_ROOM, folder)).toEqual(alive)
  } finally {
    await run('umount', [folder])
    rmSync(folder, { recursive: true, force: true })
  }
})
