import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

import type { Outcome } from './power-cut-child.ts'

const CHILD = fileURLToPath(new URL('power-cut-child.ts', import.meta.url))
const MOST_CHILDREN = 4
/** A history takes some 20 ms; so long it takes on no machine. */
const PATIENCE_MS = 60_000

/**
 * Runs a history for each seed, in processes of plain node beside this one. @returns how many ran,
 * and the seeds that broke a promise, with it.
 */
export async function runSeeds(seeds: Iterator<number>, signal: AbortSignal): Promise<Ran> {
  const ran: Ran = { count: 0, broken: [] }
  const children = Math.min(MOST_CHILDREN, availableParallelism())
  await Promise.all(Array.from({ length: children }, () => runSome(seeds, ran, signal)))
  ran.broken.sort((a, b) => a.seed - b.seed)
  return ran
}

export interface Ran {
  count: number
  broken: Outcome[]
}

async function runSome(seeds: Iterator<number>, ran: Ran, signal: AbortSignal): Promise<void> {
  let child: ChildProcess | undefined
  for (let next = seeds.next(); next.done !== true && !signal.aborted; next = seeds.next()) {
    child ??= startChild(signal)
    const outcome = await outcomeOf(child, next.value)
    ran.count += 1
    if (outcome.problem !== undefined) ran.broken.push(outcome)
    if (!child.connected) child = undefined
  }
  child?.disconnect()
}

function startChild(signal: AbortSignal): ChildProcess {
  const execArgv = ['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning']
  const child = fork(CHILD, { execArgv, signal })
  child.on('error', () => undefined) // it is aborted; what it was at is told when it exits
  return child
}

/** Of one that hangs, or takes its process with it, as well. */
async function outcomeOf(child: ChildProcess, seed: number): Promise<Outcome> {
  const waiting = new AbortController()
  const { signal } = waiting
  let isLate = false
  const watch = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, PATIENCE_MS)
  const told = once(child, 'message', { signal }).then(([outcome]) => outcome as Outcome)
  const ended = once(child, 'exit', { signal }).then(([code, by]): Outcome => {
    const how = `its process ended with ${String(code ?? by)}`
    return { seed, problem: isLate ? `it runs for more than ${PATIENCE_MS} ms` : how }
  })
  child.send(seed)
  try {
    return await Promise.race([told, ended])
  } finally {
    clearTimeout(watch)
    waiting.abort()
  }
}
