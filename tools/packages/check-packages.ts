// `node tools/packages/check-packages.ts`: what npm would get, looked at before it does.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

import { buildAll, packAll, type PackedPackage } from './pack.ts'
import { run } from './run.ts'
import { ROOT } from './workspace.ts'

async function publintProblems({ tarball }: PackedPackage): Promise<readonly string[]> {
  const bytes = await readFile(tarball)
  const { messages, pkg } = await publint({ pack: { tarball: Uint8Array.from(bytes).buffer } })
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
}

/** Types as CommonJS, ESM and a bundler see them, and who does not read `exports`. */
async function attwProblems({ tarball }: PackedPackage): Promise<readonly string[]> {
  const args = [tarball, '--profile', 'strict', '--no-color', '--no-emoji']
  return run(join(import.meta.dirname, 'node_modules/.bin/attw'), args, { cwd: ROOT }).then(
    () => [],
    (error: unknown) => [String(error)],
  )
}

const folder = await mkdtemp(join(tmpdir(), 'pafka-packed-'))
try {
  await buildAll()
  for (const packed of await packAll(folder)) {
    const problems = [...(await publintProblems(packed)), ...(await attwProblems(packed))]
    console.log(`${packed.name}: ${problems.length === 0 ? 'ok' : problems.join('\n')}`)
    if (problems.length > 0) process.exitCode = 1
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
