// `node tools/packages/check-changesets.ts`: the release that .changeset/ plans can be made.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { run } from './run.ts'
import { publishedPackages, ROOT } from './workspace.ts'

interface PlannedPackage {
  readonly name: string
  readonly type: 'none' | 'patch' | 'minor' | 'major'
  readonly newVersion: string
}

interface ReleasePlan {
  readonly releases: readonly PlannedPackage[]
}

/** Also fails on a changeset that names an unknown package, or that cannot be read. */
async function plannedRelease(): Promise<ReleasePlan> {
  const folder = await mkdtemp(join(tmpdir(), 'pafka-release-'))
  try {
    const output = join(folder, 'plan.json')
    const args = ['status', '--output', output]
    await run(join(ROOT, 'node_modules/.bin/changeset'), args, { cwd: ROOT })
    return JSON.parse(await readFile(output, 'utf8')) as ReleasePlan
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether a change needs a changeset is for people to say: none at all is fine. */
async function hasChangesets(): Promise<boolean> {
  const files = await readdir(join(ROOT, '.changeset'))
  return files.some((file) => file.endsWith('.md') && file !== 'README.md')
}

async function versionGroup(): Promise<unknown> {
  const config: unknown = JSON.parse(await readFile(join(ROOT, '.changeset/config.json'), 'utf8'))
  return typeof config === 'object' && config !== null ? Reflect.get(config, 'fixed') : undefined
}

const names = publishedPackages().map(({ name }) => name)
const group = JSON.stringify(await versionGroup())
if (group !== JSON.stringify([names])) {
  console.log(`.changeset/config.json: fixed is ${group}, not the published ${names.join(', ')}`)
  process.exitCode = 1
}
const plan: ReleasePlan = (await hasChangesets()) ? await plannedRelease() : { releases: [] }
for (const { name, newVersion, type } of plan.releases) {
  if (type === 'none') continue // a private dependent of what is released
  console.log(`${name} -> ${newVersion}`)
  if (!names.includes(name)) {
    console.log(`  ${name} is not published`)
    process.exitCode = 1
  }
}
if (plan.releases.length === 0) console.log('no release is planned')
