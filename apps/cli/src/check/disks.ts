import { basename, dirname } from 'node:path/posix'

import type { Mount } from './mounts.ts'
import { choiceIn, numberIn, type SystemFiles } from './system-files.ts'

/** A whole disk, as the kernel sees it. Source: Documentation/ABI/stable/sysfs-block. */
export interface Disk {
  /** `nvme0n1`, a name in /sys/block. */
  readonly name: string
  readonly model?: string
  /** Of a virtual machine's host, or of no disk at all: what it says of itself proves nothing. */
  readonly isVirtual: boolean
  /** As the kernel says; a virtual disk often says that it does when it does not. */
  readonly isRotating?: boolean
  readonly scheduler?: string
  readonly schedulers?: readonly string[]
  /** `write back`: it has a cache that a power cut empties, and a sync has it written out. */
  readonly writeCache?: string
}

/** Volumes that lie on volumes that lie on volumes. */
const DEEPEST = 8
/** Of a host, of another machine, of a file, or of memory. */
const VIRTUAL_NAME = /^((vd|xvd)[a-z]|(loop|nbd|rbd|drbd|zram|ram)\d)/
const VIRTUAL_MODEL = /virtual|qemu|vbox|vmware|persistentdisk|elastic block/i

/** Those under a file system, through partitions, volumes and arrays; none where not known. */
export function disksOf(files: SystemFiles, mount: Mount): readonly Disk[] {
  const folder = blockFolder(files, mount)
  if (folder === undefined) return []
  const names = [...new Set(namesUnder(files, folder, DEEPEST))]
  return names.map((name) => diskCalled(files, name))
}

function blockFolder(files: SystemFiles, { numbers, source }: Mount): string | undefined {
  const known = files.target(`/sys/dev/block/${numbers}`)
  if (known !== undefined || !source.startsWith('/dev/')) return known
  // btrfs has a number of its own that is no device's
  return files.target(`/sys/class/block/${basename(files.target(source) ?? source)}`)
}

function namesUnder(files: SystemFiles, folder: string, depth: number): readonly string[] {
  const isPart = files.text(`${folder}/partition`) !== undefined
  const whole = isPart ? dirname(folder) : folder
  const below = depth === 0 ? [] : files.names(`${whole}/slaves`)
  if (below.length === 0) return [basename(whole)]
  return below.toSorted().flatMap((name) => {
    const target = files.target(`${whole}/slaves/${name}`)
    return target === undefined ? [] : namesUnder(files, target, depth - 1)
  })
}

function diskCalled(files: SystemFiles, name: string): Disk {
  const folder = `/sys/block/${name}`
  const rotates = numberIn(files, `${folder}/queue/rotational`)
  const scheduler = choiceIn(files, `${folder}/queue/scheduler`)
  const writeCache = files.text(`${folder}/queue/write_cache`)
  const parts = [files.text(`${folder}/device/vendor`), files.text(`${folder}/device/model`)]
  // virtio has a number for a vendor
  const model = parts.filter((part) => part && !part.startsWith('0x')).join(' ')
  return {
    name,
    ...(model === '' ? {} : { model }),
    isVirtual: VIRTUAL_NAME.test(name) || VIRTUAL_MODEL.test(model),
    ...(rotates === undefined ? {} : { isRotating: rotates === 1 }),
    ...(scheduler && { scheduler: scheduler.chosen, schedulers: scheduler.all }),
    ...(writeCache === undefined ? {} : { writeCache }),
  }
}
