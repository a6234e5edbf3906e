import { Worker } from 'node:worker_threads'

/**
 * A thread that runs this program anew, with a command of its own.
 * @param workerData what that command does
 */
export function programWorker(command: string, workerData: unknown): Worker {
  const [, program = ''] = process.argv
  // what it prints belongs to nobody: an agent's output is messages
  return new Worker(program, { argv: [command], workerData, stdout: true, stderr: false })
}
