import { mkdirSync, statfsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { messageOf } from '@pafka/base'
import type { KafkaOptions } from '@pafka/client'
import type { CommandContext } from '@pafka/command'

import type { SweepResult } from '../report/sweep-result.ts'
import { holdSignals } from './hold-signals.ts'
import { startBroker } from './lab-broker.ts'
import { failuresOf } from './lab-failures.ts'
import { labResult } from './lab-result.ts'
import { type LabFigures, type LabLoad, labStage } from './lab-stage.ts'
import { labTable } from './lab-table.ts'
import { takeAwayLeftovers } from './leftovers.ts'
import { OwnFolders } from './own-folders.ts'
import { type DiskTerms, makeSlowDisk, type SlowDisk, slowDiskWay } from './slow-disk.ts'

export interface LabRun {
  readonly load: LabLoad
  readonly disk: DiskTerms
  /** A folder on a disk that is slow already; undefined to make one. */
  readonly slowPath: string | undefined
  /** The broker is told to be slow, though a slow disk could be made. */
  readonly limitsFolder: boolean
  /** For the first tier; undefined for a temporary folder. */
  readonly fastPath: string | undefined
  /** A broker that runs, and goes first. */
  readonly against: { readonly name: string; readonly kafka: KafkaOptions } | undefined
  readonly command: string
}

type Configs = Readonly<Record<string, string>>

interface LabDisk extends SlowDisk {
  /** What makes it slow, where no disk does. */
  readonly limits: Configs
}

/** Where the two brokers of this project have their logs. */
interface Places {
  readonly slow: LabDisk
  readonly fast: string
}

/** Source: Linux `magic.h`. */
const TMPFS = 0x01_02_19_94

/** Each ack of each is of records on the device. */
const FLUSHED: Configs = { 'log.flush.interval.messages': '1' }

/** What a lab came to. */
export interface LabOutcome {
  readonly result: SweepResult
  /** Something of it failed, which the result says. */
  readonly isFailed: boolean
}

/**
 * The same load on a file log on a slow disk, and on tiers of which that disk is the second. All
 * that it makes goes with it, also when it is interrupted; what labs left that could not, too.
 * @returns undefined when it was asked to end early
 * @throws {PafkaError}
 */
export async function labRun(
  run: LabRun,
  context: CommandContext,
): Promise<LabOutcome | undefined> {
  const { write, signal } = context
  const beganAt = new Date().toISOString()
  using _held = holdSignals()
  const given = [run.slowPath, run.fastPath].filter((path) => path !== undefined)
  await takeAwayLeftovers([tmpdir(), ...given], write)
  await using folders = new OwnFolders()
  // before the disk: who named one that is none hears of it soon
  const fast = folders.add(run.fastPath ?? tmpdir(), '--fast')
  await using slow = await slowDisk(run, folders, context)
  using _lifted = liftedOn(signal, slow)
  const all: LabFigures[] = []
  const stages = [
    ...(run.against === undefined ? [] : [() => againstStage(run, context)]),
    ...(['plain', 'tiered'] as const).map((name) => {
      return () => ownStage(name, { slow, fast }, run, context)
    }),
  ]
  for (const stage of stages) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they share the disk
    const figures = signal.aborted ? undefined : await unlessAborted(stage, signal)
    if (figures === undefined) return undefined
    all.push(figures)
  }
  await write(`\n${labTable(all, run.load)}`)
  const facts = { load: run.load, command: run.command, beganAt, disk: slow.told }
  return { result: labResult(all, facts), isFailed: failuresOf(all, run.load).length > 0 }
}

/** @returns undefined once it was aborted: what fails then fails for that */
async function unlessAborted<T>(
  what: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await what()
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

/** What is to end soon needs a disk that is no longer slow. */
function liftedOn(signal: AbortSignal, slow: SlowDisk): Disposable {
  const lift = (): void => {
    try {
      slow.lift()
    } catch {
      // then it takes longer
    }
  }
  signal.addEventListener('abort', lift, { once: true })
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', lift) }
}

async function againstStage(
  { against, load }: LabRun,
  context: CommandContext,
): Promise<LabFigures | undefined> {
  if (against === undefined) return undefined
  await context.write(`${against.name}, at ${String(against.kafka.brokers)}\n`)
  return labStage({ ...against, producer: {}, software: undefined }, load, context)
}

async function ownStage(
  name: 'plain' | 'tiered',
  places: Places,
  { load }: LabRun,
  context: CommandContext,
): Promise<LabFigures | undefined> {
  const { slow, fast } = places
  const { limits } = slow
  const folder = join(slow.path, name)
  mkdirSync(folder, { recursive: true })
  const configs: Configs =
    name === 'plain'
      ? { 'log.channel.type': 'file', 'log.dirs': folder, ...FLUSHED }
      : {
          ...{ 'log.channel.type': 'tiered', 'storage.tiers.types': 'NVME,HDD' },
          ...{ 'storage.tiers.first.paths': fast, 'storage.tiers.second.paths': folder },
          'log.dirs': fast,
        }
  const medium = isInMemory(fast) ? 'in MEMORY' : 'on a disk'
  const lower = Object.keys(limits).length > 0 ? 'in the limited folder' : 'on the slow disk'
  const told =
    name === 'plain'
      ? `plain: a file log ${lower}`
      : `tiered: the first tier ${medium}, ${fast}; the second ${lower}`
  await context.write(`${told}\n`)
  try {
    const { signal } = context
    await using broker = await startBroker(folder, {
      ...{ configs: { ...configs, ...limits }, begun: slow.addProcess, signal },
    })
    const kafka = { brokers: broker.address, clientId: 'pafka-perf' }
    const spec = { name, kafka, producer: {}, software: undefined }
    return await labStage(spec, load, context, () => broker.complaint())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** One that is there, one that the kernel slows, or a folder whose broker is told to be slow. */
async function slowDisk(
  { slowPath, disk, limitsFolder }: LabRun,
  folders: OwnFolders,
  { write }: CommandContext,
): Promise<LabDisk> {
  if (slowPath !== undefined) {
    const told = `the disk of ${slowPath}, as it is`
    return { ...aFolder(folders.add(slowPath, '--slow')), told, limits: {} }
  }
  const path = join(folders.add(tmpdir(), 'the temporary folder'), 'slow')
  const made = limitsFolder ? 'somebody wants it so' : await kernelDisk(path, disk)
  const given = typeof made === 'string' ? limitedFolder(path, disk, made) : made
  await write(`slow disk: ${given.told}\n`)
  return given
}

/** What there is to do for one, which goes with the folders of the lab. */
function aFolder(path: string): Omit<LabDisk, 'told' | 'limits'> {
  return { path, addProcess() {}, lift() {}, async [Symbol.asyncDispose]() {} }
}

/** @returns why there is none, where the system does not let it be made */
async function kernelDisk(path: string, disk: DiskTerms): Promise<LabDisk | string> {
  const way = slowDiskWay()
  if (typeof way === 'string') return way
  try {
    return { ...(await makeSlowDisk(path, disk, way)), limits: {} }
  } catch (error) {
    return messageOf(error)
  }
}

function limitedFolder(path: string, disk: DiskTerms, why: string): LabDisk {
  const { bytesPerSecond, operationsPerSecond } = disk
  mkdirSync(path, { recursive: true })
  return {
    ...{ ...aFolder(path), told: `NO DISK, ${why}: a folder that the broker limits` },
    limits: {
      'log.limit.paths': path,
      'log.limit.bytes.per.second': String(bytesPerSecond),
      'log.limit.operations.per.second': String(operationsPerSecond),
    },
  }
}

/** A first tier in memory is quick for that: it must be said. */
function isInMemory(path: string): boolean {
  return statfsSync(path).type === TMPFS
}
