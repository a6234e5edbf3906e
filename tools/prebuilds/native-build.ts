import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const PACKAGE = join(import.meta.dirname, '../../packages/pmem')
const SOURCES = join(PACKAGE, 'native')

/** A platform that a binary is made for, and the compiler that makes it. */
export interface Target {
  readonly name: string
  readonly compiler: string
  readonly flags: readonly string[]
}

export const targets: readonly Target[] = [
  { name: 'linux-x64', compiler: 'x86_64-linux-gnu-gcc', flags: [] },
  // With outline atomics it would need libgcc.
  { name: 'linux-arm64', compiler: 'aarch64-linux-gnu-gcc', flags: ['-mno-outline-atomics'] },
]

const HOST_COMPILER = 'gcc'

/**
 * Linked against nothing: what it calls is found in the process that loads it, without a version,
 * so the same binary loads with any glibc and with musl. Never unloaded, because a signal handler
 * of it stays. Nothing in it tells when or where it was built.
 */
const FLAGS: readonly string[] = [
  '-std=gnu11',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-fPIC',
  '-fvisibility=hidden',
  '-fno-stack-protector',
  '-shared',
  '-nostdlib',
  '-Wl,-z,nodelete',
  '-Wl,-z,relro',
  '-Wl,--build-id=none',
  '-s',
]

/** Where the committed binary of a target is. */
export function prebuildOf(target: Target): string {
  return join(PACKAGE, 'prebuilds', target.name, 'pmem.node')
}

/** Sources and flags in one number. */
export function sourcesDigest(): string {
  const hash = createHash('sha256')
  for (const file of globSync('*.{c,h}', { cwd: SOURCES }).toSorted()) {
    hash.update(file).update(readFileSync(join(SOURCES, file)))
  }
  return hash.update(JSON.stringify([FLAGS, targets])).digest('hex')
}

/** The digest that a binary was made with. */
export function digestIn(binary: Uint8Array): string | undefined {
  return /pmem sources ([0-9a-f]{64})/.exec(Buffer.from(binary).toString('latin1'))?.[1]
}

/** What compiled a binary: `GCC: (Debian 12.2.0-14) 12.2.0`. */
export function compilerIn(binary: Uint8Array): string | undefined {
  return /GCC: [^\0]*/.exec(Buffer.from(binary).toString('latin1'))?.[0]
}

/** @throws when there is no such compiler, or it does not like what it reads */
export function compile(target: Target, output: string): void {
  const headers = dirname(require.resolve('node-api-headers/package.json'))
  const args = [
    ...FLAGS,
    ...target.flags,
    `-DSOURCES_DIGEST="${sourcesDigest()}"`,
    `-I${join(headers, 'include')}`,
    ...globSync('*.c', { cwd: SOURCES }).toSorted(),
    '-o',
    output,
  ]
  execFileSync(target.compiler, args, { cwd: SOURCES, stdio: ['ignore', 'pipe', 'pipe'] })
}

/**
 * Makes a program of the same sources in which the processor's instructions are recorded.
 * @returns false when there is no compiler
 */
export function compileOrderCheck(output: string): boolean {
  const sources = ['stores.c', 'mapping.c', 'faults.c'].map((file) => join(SOURCES, file))
  const strict = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-DTRACED']
  const includes = ['-I.', `-I${SOURCES}`]
  const args = [...strict, ...includes, 'order-check.c', ...sources, '-o', output]
  try {
    execFileSync(HOST_COMPILER, args, {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return true
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return false
    throw error
  }
}
