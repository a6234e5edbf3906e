import { setTimeout as sleep } from 'node:timers/promises'

import { ConfigError } from '@pafka/base'
import { Command } from 'commander'
import { expect, test } from 'vitest'

import { Interruption } from './run-process.ts'
import { type CommandContext, runProgram } from './run-program.ts'

function programOf({ write, exit }: CommandContext): Command {
  const say = new Command('say').argument('<what>').action(async (what: string) => {
    if (what === 'nothing') throw new ConfigError(['nothing: cannot be said', 'say something'])
    if (what === 'bug') throw new TypeError('a bug')
    await write(`${what}\n`)
    if (what === 'half') exit(1)
  })
  return new Command('speaker').version('1.2.3', '--version').addCommand(say)
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runProgram(programOf, args, {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: new AbortController().signal,
  })
  return { code, out, err }
}

test.each([
  [['say', 'hello'], { code: 0, out: 'hello\n', err: '' }],
  [['say', 'half'], { code: 1, out: 'half\n', err: '' }],
  [['--version'], { code: 0, out: '1.2.3\n', err: '' }],
  [['say', 'nothing'], { code: 2, out: '', err: 'nothing: cannot be said\nsay something\n' }],
])('%j does what it says', async (args, outcome) => {
  expect(await run(...args)).toEqual(outcome)
})

test('help is no mistake, and what is none is', async () => {
  expect(await run('say', '--help')).toMatchObject({ code: 0, err: '' })
  expect((await run('--help')).out).toContain('say')
  const { code, err } = await run('say', 'a', '--loud')
  expect(code).toBe(2)
  expect(err).toContain("unknown option '--loud'")
})

test.each([
  [new Interruption('SIGINT'), 130],
  [new Interruption('SIGTERM'), 143],
  [undefined, 130],
])('who is interrupted by %j says what there is, and ends with %d', async (reason, exitCode) => {
  const stop = new AbortController()
  const program = (): Command =>
    new Command('sleeper').argument('<way>').action(async (way: string) => {
      if (way === 'awake') return stop.abort(reason)
      setTimeout(() => stop.abort(reason))
      await sleep(60_000, undefined, { signal: stop.signal })
    })
  const io = { write: async (): Promise<void> => {}, writeError: (): void => {} }
  for (const way of ['awake', 'asleep']) {
    // oxlint-disable-next-line no-await-in-loop -- one run after the other
    expect(await runProgram(program, [way], { ...io, signal: stop.signal })).toBe(exitCode)
  }
})

test("a bug is nobody's misuse", async () => {
  await expect(run('say', 'bug')).rejects.toThrow('a bug')
})

test('a terminal that is made wider is so for a command that runs', async () => {
  let columns = 40
  const seen: (number | undefined)[] = []
  const watch = (context: CommandContext): Command =>
    new Command('watcher').action(() => {
      seen.push(context.columns)
      columns = 100
      seen.push(context.columns)
    })
  await runProgram(watch, [], {
    write: async () => {},
    writeError: () => {},
    signal: new AbortController().signal,
    get columns() {
      return columns
    },
  })
  expect(seen).toEqual([40, 100])
})
