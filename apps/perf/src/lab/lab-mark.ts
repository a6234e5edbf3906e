import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

import { errnoOf } from '@pafka/base'

const MARK = /^pafka-lab-(?<pid>\d+)-(?<place>[\da-f]{8})-[\da-f]{8}$/u

/**
 * A name for something that a lab makes: nobody has it yet, and whose it is can be told from it.
 * @param pid of the lab
 */
export function newMark(pid: number = process.pid): string {
  return `pafka-lab-${pid}-${place()}-${randomBytes(4).toString('hex')}`
}

/**
 * Whether a name is such a mark, of a lab that has ended. One of another machine, container or
 * time before a restart is none: whether that lab lives cannot be told here.
 */
export function isOfDeadLab(name: string): boolean {
  const { pid, place: where } = MARK.exec(name)?.groups ?? {}
  return pid !== undefined && where === place() && !isAlive(Number(pid))
}

/** Where the number of a process means that process. */
function place(): string {
  return createHash('sha256').update(whatIsHere()).digest('hex').slice(0, 8)
}

function whatIsHere(): string {
  if (process.platform !== 'linux') return hostname()
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return errnoOf(error) !== 'ESRCH'
  }
  return !isZombie(pid)
}

/** One that has ended, and whose parent has not asked how: it can stay so for long. */
function isZombie(pid: number): boolean {
  try {
    // the name before it is in parentheses, and may have some
    return /\) [ZX] [^)]*$/u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
