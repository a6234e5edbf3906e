import { execFile, type ExecFileOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import type { CheckReport } from '../src/check/check-report.ts'
import { runCommandLine } from '../src/command-line.ts'

const MAIN = join(import.meta.dirname, '../src/main.ts')
const NODE_ARGS = ['--conditions=@pafka/source', MAIN, 'check']
const QUICK = ['--seconds', '0.05', '--size', '2MiB']
const NOBODY = 65_534

interface Run {
  readonly code: number | null
  readonly out: string
  readonly errors: string
}

/** As users do. */
function run(args: readonly string[], options: ExecFileOptions = {}): Promise<Run> {
  return new Promise((resolve) => {
    const all = [...NODE_ARGS, ...args]
    const child = execFile(process.execPath, all, options, (_, out, errors) => {
      resolve({ code: child.exitCode, out: String(out), errors: String(errors) })
    })
  })
}

test('check prints a table, and leaves nothing there', { timeout: 30_000 }, async () => {
  await using folder = await temporaryFolder()
  const { code, out, errors } = await run([...QUICK, folder.path])
  expect(code).toBe(0)
  expect(errors).toBe(`measuring ${folder.path}, up to 0.15 s\n`)
  expect(out).toMatch(/^path .* good for$/m)
  expect(out).toContain(`\n${folder.path} `)
  expect(readdirSync(folder.path)).toEqual([])
})

test('check --json is one object, of what can be used', { timeout: 30_000 }, async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'file')
  writeFileSync(file, '')
  const { code, out, errors } = await run([...QUICK, '--json', `${file}s`, file, folder.path])
  expect(code).toBe(1)
  expect(errors).toBe(`${file}s is not there (ENOENT)\n${file} is not a folder\n`)
  const report = JSON.parse(out) as CheckReport
  expect(report).toMatchObject({
    machine: { nodeVersion: process.versions.node, platform: process.platform },
    paths: [
      { path: `${file}s`, error: 'is not there (ENOENT)' },
      { path: file, error: 'is not a folder' },
      { path: folder.path, realPath: realpathSync(folder.path), measured: { write: {} } },
    ],
  })
  expect(report.findings[0]).toEqual({ topic: 'node', state: 'good', is: process.versions.node })
  expect(out.split('\n')).toHaveLength(2)
})

test('without a path, the data folder of a broker is measured, or this one', async () => {
  await using folder = await temporaryFolder()
  expect((await run(QUICK, { cwd: folder.path })).errors).toContain('measuring ., up to')
  mkdirSync(join(folder.path, 'pafka-data'))
  expect((await run(QUICK, { cwd: folder.path })).errors).toContain('measuring pafka-data, up to')
}, 30_000)

test('a size beyond what is free fills no disk', { timeout: 30_000 }, async () => {
  await using folder = await temporaryFolder()
  const { bavail, bsize } = statfsSync(folder.path)
  const args = ['--seconds', '0.05', '--size', '1024GiB', '--json', folder.path]
  const { code, out } = await run(args)
  expect(code).toBe(0)
  const [one] = (JSON.parse(out) as CheckReport).paths
  const bytes = one !== undefined && 'measured' in one ? one.measured.write.bytes : -1
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThan((bavail * bsize) / 2)
})

test.skipIf(process.platform !== 'linux')(
  'memory is said to be no disk',
  async () => {
    await using folder = await temporaryFolder('/dev/shm')
    const { code, out } = await run([...QUICK, folder.path])
    expect(code).toBe(0)
    expect(out).toContain('/dev/shm')
    expect(out).toContain(': in memory: no disk was measured\n')
    expect(out).toMatch(/^ +danger: it is memory: all of it is lost at a power cut/m)
    const { out: json } = await run([...QUICK, '--json', folder.path])
    expect((JSON.parse(json) as CheckReport).paths).toMatchObject([
      {
        isInMemory: true,
        mapped: { isDax: false },
        measured: { durableWrites: { way: 'mapped' } },
      },
    ])
  },
  30_000,
)

test.skipIf(process.platform === 'win32')(
  'a folder that this user may not write is refused, and the next is measured',
  { timeout: 30_000 },
  async () => {
    await using folder = await temporaryFolder()
    const closed = join(folder.path, 'closed')
    const open = join(folder.path, 'open')
    for (const [path, mode] of [
      [folder.path, 0o755],
      [closed, 0o555],
      [open, 0o777],
    ] as const) {
      mkdirSync(path, { recursive: true })
      chmodSync(path, mode)
    }
    const options = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {} // root may all
    const { code, out, errors } = await run([...QUICK, closed, open], options)
    expect(code).toBe(1)
    expect(errors).toContain(`${closed} is not to be read and written by this user (EACCES)\n`)
    expect(out).toContain(`\n${open} `)
    expect(out).not.toContain(`\n${closed} `)
  },
)

test.skipIf(process.platform !== 'linux').each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  '%s while it measures leaves nothing there',
  { timeout: 30_000 },
  async (signal) => {
    await using folder = await temporaryFolder()
    const args = [...NODE_ARGS, '--seconds', '60', '--size', '1GiB', folder.path]
    const child = spawn(process.execPath, args, { stdio: 'ignore' })
    const ended = once(child, 'exit')
    while (child.exitCode === null && !hasTestFile(child.pid ?? 0)) await after(2)
    child.kill(signal)
    expect(await ended).toEqual([null, signal])
    expect(readdirSync(folder.path)).toEqual([])
  },
)

/** Whether a process has a file of ours open that is in no folder any more. */
function hasTestFile(pid: number): boolean {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).some((fd) => {
    try {
      const target = readlinkSync(join(folder, fd))
      return target.includes('.pafka-check-') && target.endsWith('(deleted)')
    } catch {
      return false // it was closed meanwhile
    }
  })
}

test.each([
  [['--seconds', '0'], '--seconds 0: should be more than 0, up to 60'],
  [['--seconds', '1e1'], '--seconds 1e1: should be more than 0'],
  [['--seconds', '61'], '--seconds 61: should be more than 0'],
  [['--size', '4KiB'], '--size 4KiB: should be bytes, as 256MiB, from 1MiB up to 1024GiB'],
  [['--size', '2000GiB'], '--size 2000GiB: should be bytes'],
  [['--size', 'much'], '--size much: should be bytes'],
  [[''], 'a path is empty'],
  [Array.from({ length: 65 }, () => '.'), '65 paths: up to 64 are checked'],
  [['--nosuch'], "unknown option '--nosuch'"],
])('check %j is refused', async (args, expected) => {
  let [out, errors] = ['', '']
  const code = await runCommandLine(['check', ...args], {
    write: async (text) => void (out += text),
    writeError: (text) => void (errors += text),
    signal: new AbortController().signal,
  })
  expect([code, out]).toEqual([2, ''])
  expect(errors).toContain(expected)
})

test('all that is wrong with options is said at once', async () => {
  const { code, errors } = await run(['--seconds', 'x', '--size', 'y', '.'])
  expect(code).toBe(2)
  expect(errors.split('\n')).toHaveLength(3)
}, 30_000)
