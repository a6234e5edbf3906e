import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const FILE = join(import.meta.dirname, '../../node_modules/.cache/build.lock')
const RETRY_MS = 100
const LIMIT_MS = 300_000

/**
 * One build at a time: a second one would empty `dist` folders under the first. A lock whose
 * process is gone is taken over.
 * @throws when it is still held after five minutes.
 */
export async function takeBuildLock(): Promise<Disposable> {
  mkdirSync(dirname(FILE), { recursive: true })
  const deadlineMs = Date.now() + LIMIT_MS
  while (!tryTake()) {
    if (Date.now() > deadlineMs) throw new Error(`another build runs: ${FILE} holds its process`)
    if (!isHeld()) rmSync(FILE, { force: true })
    else await sleep(RETRY_MS)
  }
  return { [Symbol.dispose]: () => rmSync(FILE, { force: true }) }
}

function tryTake(): boolean {
  try {
    writeFileSync(FILE, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

function isHeld(): boolean {
  try {
    process.kill(Number(readFileSync(FILE, 'utf8')), 0) // asks only whether it lives
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
