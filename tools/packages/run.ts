import { spawn } from 'node:child_process'

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end. @returns its standard output. @throws with all output if it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const env = { ...process.env, ...options.env }
  const child = spawn(program, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let all = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    all += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout)
      reject(new Error(`${program} ${args.join(' ')}: ${signal ?? `exit code ${code}`}\n${all}`))
    })
  })
}

/** The pnpm that runs this script, or else the one that npx has. */
export function pnpm(args: readonly string[], options: RunOptions): Promise<string> {
  const running = process.env['npm_execpath']
  if (running !== undefined && /pnpm[^/\\]*$/.test(running) && !/\.[cm]?js$/.test(running)) {
    return run(running, args, options)
  }
  return run('npx', ['--yes', 'pnpm', ...args], options)
}
