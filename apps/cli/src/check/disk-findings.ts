import type { Disk } from './disks.ts'
import { type Amiss, type Finding, found } from './finding.ts'
import type { PathFacts } from './path-facts.ts'

/** From the disks under a path; none where they are not known. */
export function diskFindings({ path, disks }: PathFacts): readonly Finding[] {
  return disks.flatMap((disk) => {
    const { name, writeCache } = disk
    // the file of a loop device, or memory, has no queue of its own
    if (/^(loop|zram|ram|pmem)\d/.test(name)) return []
    return [
      { ...scheduler(disk), path },
      // good or bad by itself: a sync has it written out
      { ...found('write-cache', writeCache && `${name}: ${writeCache}`), path },
    ]
  })
}

/**
 * Sources: Documentation/block/switching-sched.rst, deadline-iosched.rst, bfq-iosched.rst,
 * kyber-iosched.rst. Volumes and arrays have none of their own, and are looked through.
 */
function scheduler(disk: Disk): Finding {
  const { name, scheduler: is } = disk
  const better = is === undefined ? undefined : betterThan(is, disk)
  if (better === undefined) return found('io-scheduler', is && `${name}: ${is}`)
  const [shouldBe, why] = better
  const amiss: Amiss = {
    shouldBe,
    why,
    fix: `echo ${shouldBe} > /sys/block/${name}/queue/scheduler`,
  }
  return found('io-scheduler', `${name}: ${is}`, amiss)
}

/** @returns what is better, and why; undefined where nothing is */
function betterThan(
  is: string,
  { name, isVirtual, isRotating, schedulers = [] }: Disk,
): readonly [string, string] | undefined {
  const may = (one: string): boolean => is !== one && schedulers.includes(one)
  if (isVirtual) {
    const why = 'the host has an order of its own, and bfq costs much for each request'
    return is === 'bfq' && may('none') ? ['none', why] : undefined
  }
  if (name.startsWith('nvme')) {
    const why = 'it has queues of its own; a scheduler before them has acks wait behind reads'
    return may('none') ? ['none', why] : undefined
  }
  if (isRotating === true) {
    const why = 'it puts requests in the order of the platter, so that moves and reads seek less'
    return (is === 'none' || is === 'kyber') && may('mq-deadline')
      ? ['mq-deadline', why]
      : undefined
  }
  const why = 'bfq shares a disk out among processes, and costs much for each request'
  return is === 'bfq' && may('mq-deadline') ? ['mq-deadline', why] : undefined
}
