import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** What calls `pafka-perf` as Node is called, from the sources. */
export const PERF: readonly string[] = [
  ...['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning'],
  join(import.meta.dirname, '../src/main.ts'),
]

export interface PerfSaid {
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

/**
 * `pafka-perf` in a process of its own.
 * @param until it is interrupted once it has printed this. @param before done some time before that
 */
export async function runPerf(
  args: readonly string[],
  until?: RegExp,
  before?: () => void,
): Promise<PerfSaid> {
  const child = spawn(process.execPath, [...PERF, ...args])
  let [out, err, isInterrupted] = ['', '', false]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    if (isInterrupted || until?.test(out) !== true) return
    isInterrupted = true
    before?.()
    setTimeout(() => child.kill('SIGINT'), before === undefined ? 0 : 300)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { exitCode, out, err }
}
