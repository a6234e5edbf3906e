// `pnpm release [--dry-run]`: builds, checks and publishes what `pnpm version-packages` made.
// A dry run does all but the upload, asks for no rights, and says what would go out.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { packAll } from './pack.ts'
import { pnpm, run } from './run.ts'
import { publishedPackages, ROOT } from './workspace.ts'

const dryRun = process.argv.includes('--dry-run')
const inRoot = { cwd: ROOT, env: { npm_config_fetch_retries: '0' } }

async function check(script: string): Promise<void> {
  console.log((await run(process.execPath, [join(import.meta.dirname, script)], inRoot)).trimEnd())
}

async function printTarballs(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pafka-release-'))
  try {
    for (const { name, version, tarball } of await packAll(folder)) {
      const files = (await run('tar', ['-tzf', tarball], inRoot)).trimEnd().split('\n').length
      const kilobytes = Math.ceil((await stat(tarball)).size / 1000)
      console.log(`  ${name}@${version}  ${kilobytes} kB packed, ${files} files`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function publish(): Promise<void> {
  const filters = publishedPackages().flatMap(({ name }) => ['--filter', name])
  const mode = dryRun ? ['--dry-run', '--no-git-checks'] : []
  console.log((await pnpm([...filters, 'publish', '--recursive', ...mode], inRoot)).trimEnd())
  if (dryRun) return
  console.log(await run(join(ROOT, 'node_modules/.bin/changeset'), ['git-tag'], inRoot))
}

console.log('checking packages')
await check('check-packages.ts')
console.log('planned by .changeset/ and not yet versioned')
await check('check-changesets.ts')
console.log(dryRun ? 'would publish' : 'publishing')
await printTarballs()
await publish()
console.log(dryRun ? 'nothing was published' : 'published')
