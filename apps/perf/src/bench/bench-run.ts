import { SECOND_MS } from '@pafka/base'
import { Kafka } from '@pafka/client'
import type { CommandContext } from '@pafka/command'

import { nowMs } from '../agent/messages.ts'
import { LAST_ANSWERS_MS } from '../load/last-answers.ts'
import { checkWarmUp } from '../load/warm-up.ts'
import { tellingMeanwhile } from '../runs/meanwhile.ts'
import { AgentLink, type Hello, HostError } from './agent-link.ts'
import { BenchFigures } from './bench-figures.ts'
import { BenchReport } from './bench-report.ts'
import type { BenchTerms } from './bench-terms.ts'

/** Between the order to start and the start. */
const START_IN_MS = 500
const PREPARE_MS = 60 * SECOND_MS
/** Longer than that nobody waits for who was told to stop. */
const STOP_MS = 30 * SECOND_MS
/** The same for who leads, when interrupted. */
const INTERRUPTED_STOP_MS = LAST_ANSWERS_MS + 2 * SECOND_MS

/**
 * Leads clients on many hosts: prepares them, has them start together, and adds up what they tell.
 * @returns whether nothing went wrong. Rejects when the output fails.
 * @throws {HostError} when a host cannot be reached, or a client not be prepared
 * @throws {ConfigError} when all that a client has is warm-up
 */
export async function benchRun(run: BenchTerms, context: CommandContext): Promise<boolean> {
  const { hosts, threads, task } = run
  const ofEach = Math.floor(Number(task.load.numRecords) / task.ofClients)
  if (task.type === 'producer') checkWarmUp(task.warmupRecords, ofEach, 'each client')
  if (task.type === 'producer') await makeTopics(run, context.signal)
  const links = hosts.map((host) => new AgentLink(host, context.writeError))
  try {
    const opened = await unlessAborted(prepared(run, links), context.signal)
    const ofClients = hosts.flatMap(({ name }) => Array<string>(threads).fill(name))
    const figures = new BenchFigures(task.topicPrefix, ofClients, nowMs())
    const report = new BenchReport(run, figures, context)
    await report.begin(opened)
    const work = async (signal: AbortSignal): Promise<void> => {
      await untilAllEnded({ links, figures, waitsForAll: run.waitsForAll }, signal)
    }
    await tellingMeanwhile(report.telling, work, context.signal)
    return await report.end()
  } finally {
    await Promise.all(links.map(async (link) => link[Symbol.asyncDispose]()))
  }
}

/** Has all hosts ready to start. @throws {HostError} */
async function prepared(
  { threads, task }: BenchTerms,
  links: readonly AgentLink[],
): Promise<(readonly [AgentLink, Hello])[]> {
  const opened = await Promise.all(links.map(async (link) => [link, await link.open()] as const))
  checkVersions(opened)
  await Promise.all(
    links.map(async (link, at) => {
      const order = { kind: 'prepare', task, firstClient: at * threads, clients: threads } as const
      await link.prepare(order, PREPARE_MS)
    }),
  )
  return opened
}

/** @throws what `signal` is aborted with; `work` is left alone then */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([work, aborted.promise]).finally(() => {
    signal.removeEventListener('abort', abort)
  })
}

/** Those that are not there. */
async function makeTopics(run: BenchTerms, signal: AbortSignal): Promise<void> {
  const { kafka: options, task, partitions } = run
  await using kafka = new Kafka(options)
  const admin = kafka.admin()
  const names = Array.from({ length: task.ofClients }, (_, at) => `${task.topicPrefix}-${at}`)
  const there = await admin.topics.list({ signal })
  const known = new Set(there.map(({ name }) => name))
  const missing = names.filter((name) => !known.has(name))
  if (missing.length === 0) return
  const given = missing.map((name) => ({ name, ...(partitions !== undefined && { partitions }) }))
  const { failed } = await admin.topics.create(given, { signal })
  const [failure] = failed
  if (failure !== undefined) throw failure
}

/** Who measures otherwise is not added up. @throws {HostError} */
function checkVersions(opened: readonly (readonly [AgentLink, Hello])[]): void {
  const versions = new Set(opened.map(([, { version }]) => version))
  if (versions.size === 1) return
  const all = opened.map(([{ host }, { version }]) => `${host.name} has ${version}`)
  throw new HostError(`hosts have different versions: ${all.join(', ')}`)
}

interface Course {
  readonly links: readonly AgentLink[]
  readonly figures: BenchFigures
  readonly waitsForAll: boolean
}

/** Starts all at once, and stops them when the first is done, or one is lost. */
async function untilAllEnded(
  { links, figures, waitsForAll }: Course,
  signal: AbortSignal,
): Promise<void> {
  const ended = Promise.withResolvers<void>()
  let giveUp: NodeJS.Timeout | undefined
  const late = (): void => {
    figures.lost({ problem: 'it did not stop' })
    ended.resolve()
  }
  const stop = (soon = false): void => {
    if (giveUp !== undefined && !soon) return
    clearTimeout(giveUp)
    giveUp = setTimeout(late, soon ? INTERRUPTED_STOP_MS : STOP_MS)
    for (const link of links) link.order({ kind: 'stop', soon })
  }
  const interrupt = (): void => stop(true)
  const look = (): void => {
    if (figures.haveAllEnded) ended.resolve()
  }
  signal.addEventListener('abort', interrupt)
  const startMs = nowMs() + START_IN_MS
  for (const link of links) {
    link.start(startMs, {
      report(report) {
        if (report.kind === 'window') {
          const [beganMs, atMs] = [report.beganMs, report.atMs].map((ms) => ms && link.here(ms))
          figures.window({ ...report, beganMs, atMs }, nowMs())
        } else {
          const [beganMs, endedMs] = [link.here(report.beganMs), link.here(report.endedMs)]
          figures.ended({ ...report, beganMs, endedMs })
          if (!waitsForAll || report.problem !== undefined) stop()
          look()
        }
      },
      lost(problem) {
        figures.lost({ host: link.host.name, problem })
        stop()
        look()
      },
    })
  }
  if (signal.aborted) interrupt()
  try {
    await ended.promise
  } finally {
    signal.removeEventListener('abort', interrupt)
    clearTimeout(giveUp)
  }
}
