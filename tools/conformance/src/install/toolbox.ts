import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const INSTALL_TIMEOUT_MS = 10 * 60_000
export const HOW_TO_INSTALL = 'not installed; pnpm --filter @pafka/conformance conformance:install'
const run = promisify(execFile)

/** What keeps a client from being installed, in words for whoever reads the table. */
export class NotInstallable extends Error {
  override name = 'NotInstallable'
}

export const packageFolder: string = fileURLToPath(new URL('../../', import.meta.url))
export const driversFolder: string = join(packageFolder, 'drivers')

/** Clients live here, apart from the workspace's dependencies. */
export function cacheFolder(): string {
  return resolve(process.env['CONFORMANCE_CACHE'] ?? join(packageFolder, '.cache'))
}

interface Command {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/**
 * @returns the standard output. @throws NotInstallable with the last words of a command that
 * failed.
 */
export async function command(
  program: string,
  args: string[],
  options: Command = {},
): Promise<string> {
  try {
    const { stdout } = await run(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: INSTALL_TIMEOUT_MS,
      maxBuffer: 64 << 20,
    })
    return stdout
  } catch (error) {
    const {
      code,
      stderr = '',
      stdout = '',
    } = error as { code?: unknown; stderr?: string; stdout?: string }
    if (code === 'ENOENT') throw new NotInstallable(`${program} is not on this machine`)
    const words = `${stdout}\n${stderr}`.trim().split('\n').slice(-6).join('\n')
    throw new NotInstallable(`${program} ${args.slice(0, 3).join(' ')}: ${words}`)
  }
}

export async function isThere(program: string, ...args: string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  )
}

/**
 * Remembers what a folder of the cache was made from, so that it is made once and made again after
 * a change.
 */
export class Stamp {
  readonly #path: string
  readonly #content: string

  constructor(folder: string, madeFrom: unknown) {
    this.#path = join(folder, 'installed.json')
    this.#content = JSON.stringify(madeFrom)
  }

  get isCurrent(): boolean {
    try {
      return readFileSync(this.#path, 'utf8') === this.#content
    } catch {
      return false
    }
  }

  /** @throws NotInstallable when only what is there may be used. */
  expectCurrentUnless(mayInstall: boolean): void {
    if (this.isCurrent || mayInstall) return
    throw new NotInstallable(HOW_TO_INSTALL)
  }

  write(): void {
    mkdirSync(dirname(this.#path), { recursive: true })
    writeFileSync(this.#path, this.#content)
  }
}
