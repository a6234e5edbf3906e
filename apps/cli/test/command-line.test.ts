import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'
import { dump } from './sample-folder.ts'

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const exitCode = await runCommandLine(args, {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: new AbortController().signal,
  })
  return { exitCode, out, err }
}

test('help and version are no mistakes', async () => {
  expect(await run('--version')).toEqual({
    ...{ exitCode: 0, err: '' },
    out: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/u) as string,
  })
  for (const args of [['--help'], ['dump-log', '--help']]) {
    const { exitCode, out } = await run(...args)
    expect(exitCode).toBe(0)
    expect(out).toContain('dump-log')
  }
})

test.for([
  [[], 'Usage: pafka'],
  [['nosuch'], "unknown command 'nosuch'"],
  [['dump-log'], "missing required argument 'path'"],
  [['dump-log', '--nosuch', '.'], "unknown option '--nosuch'"],
  [['dump-log', '/nowhere/at/all'], 'there is no /nowhere/at/all'],
] as const)('misuse: %j', async ([args, said]) => {
  const { exitCode, out, err } = await run(...args)
  expect(exitCode).toBe(2)
  expect(out).toBe('')
  expect(err).toContain(said)
})

test('no path is dumped when one is missing', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'meta.properties')
  writeFileSync(path, 'version=1\n')
  expect(await dump(path, `${path}.no`)).toEqual({
    exitCode: 2,
    text: '',
    errors: `there is no ${path}.no\n`,
  })
})

test('a reader that has enough is no failure', { timeout: 30_000 }, async () => {
  await using folder = await temporaryFolder()
  const lines = Array.from({ length: 200_000 }, (_, at) => `topic ${at} 1`)
  const path = join(folder.path, 'recovery-point-offset-checkpoint')
  writeFileSync(path, ['0', lines.length, ...lines, ''].join('\n'))
  const main = join(import.meta.dirname, '../src/main.ts')
  const child = execFile(process.execPath, ['--conditions=@pafka/source', main, 'dump-log', path])
  let errors = ''
  child.stderr?.on('data', (text: string) => (errors += text))
  child.stdout?.once('data', () => child.stdout?.destroy())
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(errors).toBe('')
  expect(code).toBe(0)
})
