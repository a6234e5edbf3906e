import { spawn } from 'node:child_process'
import { join } from 'node:path'

import type { Course } from './contestant.ts'
import type { Load, Outcome } from './workloads.ts'

/** What came of one run. */
export interface Measured extends Partial<Outcome> {
  /** At most. */
  readonly residentMb?: number
  readonly cpuSeconds?: number
  /** Why there is nothing to say. */
  readonly error?: string
}

/** No run takes longer: whoever hangs is told of as such. */
const MOST_MS = 180_000

/** In a process of its own, so that nobody inherits the heap of another one. */
export async function runOnce(
  contestant: string,
  workload: string,
  what: { readonly course: Course; readonly load: Load },
): Promise<Measured> {
  const script = join(import.meta.dirname, 'run-one.ts')
  const args = ['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning', script]
  const child = spawn(process.execPath, [...args, contestant, workload, JSON.stringify(what)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MOST_MS,
  })
  const [said, failed] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
  const last = said.trim().split('\n').at(-1) ?? ''
  if (last.startsWith('{')) return JSON.parse(last) as Measured
  const why = /^\w*Error.*$/mu.exec(failed)?.[0] ?? 'no answer'
  return { error: why }
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const piece of stream) text += String(piece)
  return text
}
