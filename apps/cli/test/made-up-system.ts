import type { SystemFiles } from '../src/check/system-files.ts'

/** Files of /proc and /sys by path; a text that begins with `->` is a link. */
export type SystemTree = Readonly<Record<string, string>>

/** A machine that is made up. */
export function madeUpSystem(tree: SystemTree): SystemFiles {
  const paths = Object.keys(tree)
  const target = (path: string): string | undefined => {
    const text = tree[path]
    if (text?.startsWith('->') === true) return target(text.slice(2))
    return paths.some((one) => one === path || one.startsWith(`${path}/`)) ? path : undefined
  }
  return {
    text: (path) => tree[path],
    names: (path) => {
      const below = paths.filter((one) => one.startsWith(`${path}/`))
      return [...new Set(below.map((one) => one.slice(path.length + 1).split('/')[0] ?? ''))]
    },
    target,
  }
}

/** One line of /proc/self/mountinfo. */
export function mountLine(
  numbers: string,
  mountPoint: string,
  [type, source]: readonly [string, string],
  options: string = 'rw,relatime',
): string {
  return `30 20 ${numbers} / ${mountPoint} ${options} shared:1 - ${type} ${source} rw`
}

/** Of a whole disk and its first partition, as the kernel lays them out. */
export function diskTree(
  { name, part, numbers }: { name: string; part: string; numbers: string },
  queue: Readonly<Record<string, string>>,
): SystemTree {
  const folder = `/sys/devices/bus/block/${name}`
  const tree: Record<string, string> = {
    [`/sys/dev/block/${numbers}`]: `->${folder}/${part}`,
    [`/sys/class/block/${part}`]: `->${folder}/${part}`,
    [`${folder}/${part}/partition`]: '1',
  }
  for (const [key, text] of Object.entries(queue)) tree[`/sys/block/${name}/${key}`] = text
  return tree
}

export const NVME: SystemTree = diskTree(
  { name: 'nvme0n1', part: 'nvme0n1p1', numbers: '259:1' },
  {
    'queue/rotational': '0',
    'queue/scheduler': 'none [mq-deadline] kyber bfq',
    'queue/write_cache': 'write back',
    'device/model': 'Example 990',
  },
)

export const PLATTER: SystemTree = diskTree(
  { name: 'sda', part: 'sda1', numbers: '8:1' },
  {
    'queue/rotational': '1',
    'queue/scheduler': '[none] mq-deadline kyber bfq',
    'queue/write_cache': 'write back',
    'device/vendor': 'ATA',
    'device/model': 'Example 16T',
  },
)
