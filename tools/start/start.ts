// `pnpm start [server.properties] [--override key=value]...`: builds what is not built, quietly,
// and becomes the broker.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'apps/broker/dist/main.js')
const TURBO = join(ROOT, 'tools/build/turbo.ts')
/** A build that takes longer than this is worth a line. Nothing to build: a fifth of a second. */
const SILENT_MS = 700

/** @returns false when the build failed and its output is on stderr. */
async function build(): Promise<boolean> {
  const args = [TURBO, 'run', 'build', '--filter=@pafka/broker', '--output-logs=errors-only']
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => output.push(bytes))
  const notice = setTimeout(() => process.stderr.write('Building the broker...\n'), SILENT_MS)
  const code = await new Promise((resolve) => {
    child.on('error', () => resolve(undefined))
    child.on('close', resolve)
  })
  clearTimeout(notice)
  if (code !== 0) process.stderr.write(Buffer.concat(output))
  return code === 0
}

/**
 * The broker in place of this process: signals, standard streams and exit code are its own.
 * Windows cannot replace a process, so there it is a child.
 */
function become(args: readonly string[]): void {
  const env = { ...process.env, PAFKA_COMMAND: 'npx pnpm start' }
  const cwd = process.env['INIT_CWD'] ?? process.cwd() // where the person is, not the package
  process.chdir(cwd)
  if (process.execve !== undefined && process.platform !== 'win32') {
    process.execve(process.execPath, [process.execPath, MAIN, ...args], env)
  }
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => {}) // the console has sent it to the child already
  child.on('exit', (code) => process.exit(code ?? 1))
}

if (await build()) become(process.argv.slice(2))
else process.exitCode = 1
