import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { release } from 'node:os'

/** The first Linux that reports write errors from it: 5.8. */
const LEAST_KERNEL = 5008
const COMMAND = 'sync'

let isThere: Promise<boolean> | undefined

/**
 * `syncfs(2)`, which Node does not have, by the command that has it. Source of what it promises:
 * its manual page, and `sync.c` of GNU coreutils, which alone tells of errors.
 * @returns false where there is no such command. Rejects when it fails.
 */
export async function syncAll(folder: string): Promise<boolean> {
  isThere ??= isKnown()
  if (!(await isThere)) return false
  const { code, said } = await run(['--file-system', folder])
  if (code !== 0) {
    const message = `EIO: cannot sync the file system of ${folder}: ${said.trim()}`
    throw Object.assign(new Error(message), { code: 'EIO' })
  }
  return true
}

async function isKnown(): Promise<boolean> {
  if (process.platform !== 'linux' || kernelVersion() < LEAST_KERNEL) return false
  try {
    const { code, said } = await run(['--version'])
    return code === 0 && said.includes('GNU coreutils')
  } catch {
    return false
  }
}

/** Major version times 1,000, and the minor one. */
function kernelVersion(): number {
  const [major = 0, minor = 0] = release().split('.', 2).map(Number)
  return major * 1000 + minor
}

/** @returns its exit code and what it wrote. Rejects when it cannot be started. */
async function run(parameters: readonly string[]): Promise<{ code: number; said: string }> {
  const child = spawn(COMMAND, parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const hear = (piece: Buffer): void => {
    said += piece.toString('latin1')
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? -1, said }
}
