import type { SystemFiles } from './system-files.ts'

/** A file system, where it is mounted. */
export interface Mount {
  /** `254:0`: major and minor number of the device; major 0 for one that is no block device. */
  readonly numbers: string
  readonly mountPoint: string
  /** `ext4`. */
  readonly type: string
  /** `/dev/vda`, or whatever the file system has for a source. */
  readonly source: string
  /** Of the mount and of the file system, each once. */
  readonly options: readonly string[]
}

/**
 * What a path lies on. Source: Documentation/filesystems/proc.rst, section 3.5.
 * @param realPath without links
 * @returns undefined where the system does not tell
 */
export function mountOf(files: SystemFiles, realPath: string): Mount | undefined {
  const lines = files.text('/proc/self/mountinfo')?.split('\n') ?? []
  let found: Mount | undefined
  for (const line of lines) {
    const mount = parseMount(line)
    if (mount === undefined || !isBelow(realPath, mount.mountPoint)) continue
    // of two at one place the later one hides the other
    if (found === undefined || mount.mountPoint.length >= found.mountPoint.length) found = mount
  }
  return found
}

function parseMount(line: string): Mount | undefined {
  const words = line.split(' ')
  const dash = words.indexOf('-', 6)
  const [, , numbers, , mountPoint, options] = words
  const [type, source, more = ''] = dash < 0 ? [] : words.slice(dash + 1)
  if (!numbers || !mountPoint || !options || !type || source === undefined) return undefined
  return {
    numbers,
    mountPoint: unescaped(mountPoint),
    type,
    source: unescaped(source),
    options: [...new Set([...options.split(','), ...more.split(',')])].filter(Boolean),
  }
}

/** A space is `\040` there. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => {
    return String.fromCodePoint(Number.parseInt(octal, 8))
  })
}

function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`)
}
