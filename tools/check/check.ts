// `pnpm check [name...]`: runs every check, or those named, and prints one line for each.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { type Check, checks } from './checks.ts'

const ROOT = join(import.meta.dirname, '../..')
const BIN = join(ROOT, 'node_modules/.bin')

interface Outcome {
  readonly passed: boolean
  readonly output: string
}

function run(check: Check): Promise<Outcome> {
  const [program, ...args] = check.command
  const child = spawn(join(BIN, program), args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => output.push(bytes))
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ passed: false, output: error.message }))
    child.on('close', (code) => {
      resolve({ passed: code === 0, output: Buffer.concat(output).toString() })
    })
  })
}

async function report(check: Check): Promise<boolean> {
  const startMs = performance.now()
  const { passed, output } = await run(check)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${check.name.padEnd(12)} ${seconds.padStart(5)} s`)
  if (!passed) console.log(`${output.trimEnd()}\n  ${check.name}: ${check.hint}\n`)
  return passed
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !checks.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(`no check ${unknown.join(', ')}; there are ${checks.map((c) => c.name).join(', ')}`)
  process.exit(2)
}
let failed = 0
const wanted = checks.filter((check) => names.length === 0 || names.includes(check.name))
for (const check of wanted) {
  if (!(await report(check))) failed += 1
}
console.log(`${wanted.length - failed} of ${wanted.length} checks passed`)
process.exitCode = failed === 0 ? 0 : 1
