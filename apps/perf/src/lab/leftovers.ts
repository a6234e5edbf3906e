import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { errnoOf, messageOf, PafkaError } from '@pafka/base'

import { ENDS_WITH_LAB, PROPERTIES } from './lab-broker.ts'
import { isOfDeadLab } from './lab-mark.ts'
import { onlyOne } from './only-one.ts'
import { IMAGE_END, MEMORY, unmount } from './slow-disk.ts'
import { systemProgram } from './system-program.ts'
import { type ThrottleWay, throttleWay } from './throttle.ts'

/** Something of a lab that was killed. */
interface Leftover {
  readonly told: string
  readonly takeAway: () => unknown
}

const ENDING_MS = 5000
const LOOK_MS = 20

/**
 * Takes away what labs of this user left that could not do it, as they were killed; what of it
 * cannot be taken away is told too.
 * @param parents of folders that labs make
 */
export async function takeAwayLeftovers(
  parents: readonly string[],
  tell: (text: string) => Promise<void>,
): Promise<void> {
  const way = throttleWay()
  // else two would take the same disk away, the later one when it is a third one's already
  await using _ = await onlyOne('lab-leftovers')
  // in this order: each holds the ones after it, which are looked for once it has gone
  const kinds = [brokers, () => disks(way), () => groups(way), images, () => folders(parents)]
  for (const kind of kinds) {
    for (const { told, takeAway } of kind()) {
      // oxlint-disable-next-line no-await-in-loop -- in turn
      const problem = await Promise.resolve(takeAway()).then(() => undefined, messageOf)
      const outcome = problem === undefined ? 'taken away' : `cannot be taken away: ${problem}`
      // oxlint-disable-next-line no-await-in-loop -- in turn
      await tell(`left by a lab that was killed: ${told}: ${outcome}\n`)
    }
  }
}

function brokers(): Leftover[] {
  return namesIn('/proc').flatMap((pid) => {
    if (!/^\d+$/u.test(pid) || !isBroker(pid)) return []
    return { told: `broker ${pid}`, takeAway: async () => endBroker(pid) }
  })
}

/** Of a dead lab, and of this user. */
function isBroker(pid: string): boolean {
  try {
    if (!isOwn(statSync(`/proc/${pid}`).uid)) return false
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const path = args.findLast((arg) => arg !== '') ?? ''
    const isLabs = args.includes(ENDS_WITH_LAB) && basename(path) === PROPERTIES
    return isLabs && path.split('/').some(isOfDeadLab)
  } catch {
    return false // it has ended by now
  }
}

async function endBroker(pid: string): Promise<void> {
  try {
    process.kill(Number(pid), 'SIGKILL')
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
  for (let waitedMs = 0; isBroker(pid); waitedMs += LOOK_MS) {
    if (waitedMs >= ENDING_MS) throw new PafkaError('LAB_BROKER', 'it does not end')
    // oxlint-disable-next-line no-await-in-loop -- until it has
    await sleep(LOOK_MS)
  }
}

function disks(way: ThrottleWay | undefined): Leftover[] {
  if (process.getuid?.() !== 0) return []
  return namesIn('/sys/block').flatMap((name) => {
    if (!isLeftDevice(name)) return []
    const takeAway = async (): Promise<void> => {
      await takeAwayDisk(name, way).catch((error: unknown) => {
        // another lab that began just now may have done it
        if (isLeftDevice(name)) throw error
      })
    }
    return { told: `disk /dev/${name}`, takeAway }
  })
}

/** What it is over may be deleted by now. */
function isLeftDevice(name: string): boolean {
  const path = textOf(`/sys/block/${name}/loop/backing_file`).replace(/ \(deleted\)$/u, '')
  return dirname(path) === MEMORY && isLeftImage(basename(path))
}

async function takeAwayDisk(name: string, way: ThrottleWay | undefined): Promise<void> {
  const device = textOf(`/sys/block/${name}/dev`)
  way?.liftLeft(device)
  for (const { path, of } of mounts()) {
    // oxlint-disable-next-line no-await-in-loop -- in turn
    if (of === device && path.split('/').some(isOfDeadLab)) await unmount(path)
  }
  if (isLeftDevice(name)) await systemProgram('losetup', ['--detach', `/dev/${name}`])
}

/** Of all file systems: at what they are, and of which device as `MAJOR:MINOR`. */
function mounts(): { readonly path: string; readonly of: string }[] {
  const lines = textOf('/proc/self/mountinfo').split('\n')
  return lines.map((line) => {
    const [, , of = '', , path = ''] = line.split(' ')
    // spaces and the like are octal there
    const plain = path.replaceAll(/\\(\d{3})/gu, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    )
    return { of, path: plain }
  })
}

function groups(way: ThrottleWay | undefined): Leftover[] {
  const left = way?.groups().filter(isOfDeadLab) ?? []
  return left.map((name) => {
    return { told: `control group ${name}`, takeAway: () => way?.removeGroup(name) }
  })
}

function images(): Leftover[] {
  return namesIn(MEMORY).flatMap((name) => {
    const path = join(MEMORY, name)
    const [found] = isLeftImage(name) ? lookAt(path) : []
    if (found?.isFile() !== true) return []
    return { told: path, takeAway: async () => rm(path, { force: true }) }
  })
}

function isLeftImage(name: string): boolean {
  return name.endsWith(IMAGE_END) && isOfDeadLab(basename(name, IMAGE_END))
}

function folders(parents: readonly string[]): Leftover[] {
  const paths = [...new Set(parents)].flatMap((parent) => {
    return namesIn(parent)
      .filter(isOfDeadLab)
      .map((name) => join(parent, name))
  })
  const mounted = mounts()
  return paths.flatMap((path) => {
    const isInUse = mounted.some((mount) => mount.path.startsWith(`${path}/`))
    if (isInUse || lookAt(path)[0]?.isDirectory() !== true) return []
    return { told: path, takeAway: async () => rm(path, { recursive: true, force: true }) }
  })
}

/** @returns none for what is another user's, or has gone */
function lookAt(path: string): ReturnType<typeof lstatSync>[] {
  try {
    const found = lstatSync(path)
    return isOwn(found.uid) ? [found] : []
  } catch {
    return []
  }
}

function isOwn(uid: number): boolean {
  return process.getuid === undefined || uid === process.getuid()
}

/** @returns none where there is no such folder, or nobody may look into it */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** @returns '' where there is no such file */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
