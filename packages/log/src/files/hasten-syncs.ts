import { spawn } from 'node:child_process'
import { setTimeout as after } from 'node:timers/promises'

/** Others may have much more to be written: then the syncs that follow take what they take. */
const PATIENCE_MS = 1000

let running: Promise<void> | undefined

/**
 * `syncfs(2)`, which Node does not have, by the command that has it. Whether it is there, and what
 * it says, does not matter: an error that it meets is found by the sync of the file as well.
 */
export function hastenSyncs(folder: string): Promise<void> {
  if (process.platform !== 'linux') return Promise.resolve()
  running ??= run(folder).finally(() => {
    running = undefined
  })
  return Promise.race([running, after(PATIENCE_MS, undefined, { ref: false })])
}

function run(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore' })
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
}
