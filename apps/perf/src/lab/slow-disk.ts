import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { formatBytes } from '@pafka/base'
import { decimalBytes } from '@pafka/command'

import { systemProgram } from './system-program.ts'

/** What a disk is to be like. */
export interface DiskTerms {
  readonly sizeBytes: number
  /** Each way. */
  readonly bytesPerSecond: number
  readonly operationsPerSecond: number
}

/** A file system that is as slow as was asked for. */
export interface SlowDisk extends AsyncDisposable {
  readonly path: string
  /** What it is, in words. */
  readonly told: string
}

/** Controller of cgroup version 1: in version 2 nothing that runs already can be slowed. */
const BLKIO = '/sys/fs/cgroup/blkio'
/** Memory as a medium: nothing of the disk below is measured. */
const MEMORY = '/dev/shm'

/** Why none can be made here; undefined when one can. */
export function whyNoSlowDisk(): string | undefined {
  if (process.platform !== 'linux') return 'it takes Linux'
  if (process.getuid?.() !== 0) return 'it takes root'
  if (!existsSync(join(BLKIO, 'blkio.throttle.write_bps_device'))) {
    return `there is no blkio controller of cgroup version 1 at ${BLKIO}`
  }
  if (!existsSync('/dev/loop-control')) return 'there are no loop devices'
  return existsSync(MEMORY) ? undefined : `there is no ${MEMORY}`
}

/**
 * ext4 on a loop device over memory, which the kernel slows.
 * @param path an empty folder, to be mounted at
 * @throws {PafkaError} when the system refuses: nothing is left of it then
 */
export async function makeSlowDisk(path: string, terms: DiskTerms): Promise<SlowDisk> {
  const image = join(MEMORY, `pafka-lab-${process.pid}.img`)
  const undo: (() => Promise<unknown>)[] = []
  const takeBack = async (): Promise<void> => {
    for (const step of undo.toReversed()) {
      // oxlint-disable-next-line no-await-in-loop -- the last that was done is undone first
      await step()
    }
  }
  try {
    undo.push(async () => rmSync(image, { force: true }))
    writeFileSync(image, '')
    truncateSync(image, terms.sizeBytes)
    const device = await systemProgram('losetup', ['--find', '--show', image])
    undo.push(() => systemProgram('losetup', ['--detach', device]))
    await systemProgram('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', device])
    mkdirSync(path, { recursive: true })
    await systemProgram('mount', ['-o', 'noatime', device, path])
    undo.push(() => systemProgram('umount', [path]))
    const number = await systemProgram('lsblk', ['-ndo', 'MAJ:MIN', device])
    undo.push(async () => throttle(number, { bytesPerSecond: 0, operationsPerSecond: 0 }))
    throttle(number, terms)
  } catch (error) {
    await takeBack()
    throw error
  }
  const medium = `ext4 on a loop device of ${formatBytes(terms.sizeBytes)} over memory`
  const rate = `${decimalBytes(terms.bytesPerSecond)}/s`
  const rates = `${rate} and ${terms.operationsPerSecond} operations/s`
  return {
    path,
    told: `${medium}, slowed by the kernel to ${rates}`,
    [Symbol.asyncDispose]: takeBack,
  }
}

/** 0 is no limit. */
function throttle(
  device: string,
  { bytesPerSecond, operationsPerSecond }: Omit<DiskTerms, 'sizeBytes'>,
): void {
  for (const way of ['read', 'write']) {
    const file = (what: string): string => join(BLKIO, `blkio.throttle.${way}_${what}_device`)
    writeFileSync(file('bps'), `${device.trim()} ${bytesPerSecond}`)
    writeFileSync(file('iops'), `${device.trim()} ${operationsPerSecond}`)
  }
}
