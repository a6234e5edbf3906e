import { spawn } from 'node:child_process'

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

/** What one run is of. */
export interface Run {
  readonly contestant: string
  readonly workload: string
  readonly course: Course
  readonly load: Load
}

/**
 * In a process of its own, so that nobody inherits the heap of another one.
 * @param program `run-one`, as JavaScript
 */
export async function runOnce(
  program: string,
  { contestant, workload, ...what }: Run,
): Promise<Measured> {
  const child = spawn(process.execPath, [program, contestant, workload, JSON.stringify(what)], {
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
