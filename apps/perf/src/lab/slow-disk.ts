import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { formatBytes } from '@pafka/base'
import { decimalBytes } from '@pafka/command'

import { newMark } from './lab-mark.ts'
import { systemProgram } from './system-program.ts'
import { type DeviceRates, type ThrottleWay, throttleWay } from './throttle.ts'

/** What a disk is to be like. */
export interface DiskTerms extends DeviceRates {
  readonly sizeBytes: number
}

/** A file system that is as slow as was asked for. */
export interface SlowDisk extends AsyncDisposable {
  readonly path: string
  /** What it is, in words. */
  readonly told: string
  /** Has it slow for this process, which is to end before the disk does. @throws {Error} */
  readonly addProcess: (pid: number) => void
  /** It is slow no longer: who wants to end does it soon. @throws {Error} */
  readonly lift: () => void
}

/** Memory as a medium: nothing of the disk below is measured. */
export const MEMORY = '/dev/shm'

/** Of names of its files there. */
export const IMAGE_END = '.img'

/** @returns how to make one here; or why none can be made */
export function slowDiskWay(): ThrottleWay | string {
  if (process.platform !== 'linux') return 'it takes Linux'
  if (process.getuid?.() !== 0) return 'it takes root'
  if (!existsSync('/dev/loop-control')) return 'there are no loop devices'
  if (!existsSync(MEMORY)) return `there is no ${MEMORY}`
  return throttleWay() ?? 'no control group limits devices'
}

/**
 * ext4 on a loop device over memory, which the kernel slows.
 * @param path an empty folder, to be mounted at
 * @throws {PafkaError} when the system refuses: nothing is left of it then
 */
export async function makeSlowDisk(
  path: string,
  terms: DiskTerms,
  way: ThrottleWay,
): Promise<SlowDisk> {
  const image = join(MEMORY, `${newMark()}${IMAGE_END}`)
  const undo: (() => unknown)[] = []
  try {
    undo.push(() => rmSync(image, { force: true }))
    writeFileSync(image, '')
    truncateSync(image, terms.sizeBytes)
    const device = await systemProgram('losetup', ['--find', '--show', image])
    undo.push(() => systemProgram('losetup', ['--detach', device]))
    await systemProgram('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', device])
    mkdirSync(path, { recursive: true })
    await systemProgram('mount', ['-o', 'noatime', device, path])
    undo.push(() => unmount(path))
    const number = await systemProgram('lsblk', ['-ndo', 'MAJ:MIN', device])
    const throttle = way.begin(number, terms)
    undo.push(() => throttle[Symbol.dispose]())
    return {
      ...{ path, told: toldOf(terms), addProcess: (pid) => throttle.add(pid) },
      lift: () => throttle.lift(),
      [Symbol.asyncDispose]: async () => takeBack(undo),
    }
  } catch (error) {
    await takeBack(undo)
    throw error
  }
}

/** Also where somebody has a file open: it goes for good with that. @throws {PafkaError} */
export async function unmount(path: string): Promise<void> {
  await systemProgram('umount', [path]).catch(async () => systemProgram('umount', ['--lazy', path]))
}

/**
 * The last that was done is undone first; all of it, also when some of it fails.
 * @throws what failed first
 */
async function takeBack(undo: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of undo.toReversed()) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- in turn
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

function toldOf({ sizeBytes, bytesPerSecond, operationsPerSecond }: DiskTerms): string {
  const medium = `ext4 on a loop device of ${formatBytes(sizeBytes)} over memory`
  const rate = `${decimalBytes(bytesPerSecond)}/s`
  return `${medium}, slowed by the kernel to ${rate} and ${operationsPerSecond} operations/s`
}
