import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { messageOf } from '@pafka/base'
import type { KafkaOptions } from '@pafka/client'
import type { CommandContext } from '@pafka/command'

import type { SweepResult } from '../report/sweep-result.ts'
import { startBroker } from './lab-broker.ts'
import { labResult } from './lab-result.ts'
import { type LabFigures, type LabLoad, labStage } from './lab-stage.ts'
import { labTable } from './lab-table.ts'
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

/**
 * The same load on a file log on a slow disk, and on tiers of which that disk is the second.
 * @returns undefined when it was asked to end early
 * @throws {PafkaError}
 */
export async function labRun(
  run: LabRun,
  context: CommandContext,
): Promise<SweepResult | undefined> {
  const { write, signal } = context
  const beganAt = new Date().toISOString()
  const folder = mkdtempSync(join(tmpdir(), 'pafka-lab-'))
  try {
    await using slow = await slowDisk(run, join(folder, 'slow'), context)
    const fast = join(run.fastPath ?? folder, 'pafka-lab-fast')
    const places: Places = { slow, fast }
    const all: LabFigures[] = []
    const { against } = run
    if (against !== undefined && !signal.aborted) {
      await write(`${against.name}, at ${String(against.kafka.brokers)}\n`)
      const spec = { ...against, producer: {}, software: undefined }
      all.push(await labStage(spec, run.load, context))
    }
    for (const name of ['plain', 'tiered'] as const) {
      if (signal.aborted) return undefined
      // oxlint-disable-next-line no-await-in-loop -- one after the other: they share the disk
      all.push(await ownStage(name, places, run, context))
    }
    if (signal.aborted) return undefined
    await write(`\n${labTable(all, run.load)}`)
    return labResult(all, { load: run.load, command: run.command, beganAt, disk: slow.told })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ownStage(
  name: 'plain' | 'tiered',
  places: Places,
  { load }: LabRun,
  context: CommandContext,
): Promise<LabFigures> {
  const { slow, fast } = places
  const { limits } = slow
  const folder = join(slow.path, name)
  mkdirSync(folder, { recursive: true })
  mkdirSync(fast, { recursive: true })
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
    await using broker = await startBroker(folder, { ...configs, ...limits }, slow.addProcess)
    const kafka = { brokers: broker.address, clientId: 'pafka-perf' }
    return await labStage({ name, kafka, producer: {}, software: undefined }, load, context)
  } finally {
    for (const path of [folder, fast]) rmSync(path, { recursive: true, force: true })
  }
}

/** One that is there, one that the kernel slows, or a folder whose broker is told to be slow. */
async function slowDisk(run: LabRun, path: string, context: CommandContext): Promise<LabDisk> {
  const { slowPath, disk, limitsFolder } = run
  if (slowPath !== undefined) {
    const own = mkdtempSync(join(slowPath, 'pafka-lab-'))
    return {
      ...{ path: own, told: `the disk of ${slowPath}, as it is`, limits: {}, addProcess() {} },
      [Symbol.asyncDispose]: async () => rmSync(own, { recursive: true, force: true }),
    }
  }
  const made = limitsFolder ? 'somebody wants it so' : await kernelDisk(path, disk)
  const given = typeof made === 'string' ? limitedFolder(path, disk, made) : made
  await context.write(`slow disk: ${given.told}\n`)
  return given
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
    ...{ path, told: `NO DISK, ${why}: a folder that the broker limits`, addProcess() {} },
    limits: {
      'log.limit.paths': path,
      'log.limit.bytes.per.second': String(bytesPerSecond),
      'log.limit.operations.per.second': String(operationsPerSecond),
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** A first tier in memory is quick for that: it must be said. */
function isInMemory(path: string): boolean {
  return statfsSync(path).type === TMPFS
}
