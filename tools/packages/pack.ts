import { join } from 'node:path'

import { pnpm, run } from './run.ts'
import { type PublishedPackage, publishedPackages, ROOT } from './workspace.ts'

export interface PackedPackage extends PublishedPackage {
  /** Absolute path of the `.tgz`. */
  readonly tarball: string
}

/** Builds what is not built. Quiet unless it fails. */
export async function buildAll(): Promise<void> {
  const turbo = join(ROOT, 'tools/build/turbo.ts')
  await run(process.execPath, [turbo, 'run', 'build', '--output-logs=errors-only'], { cwd: ROOT })
}

/** Packs every published package into `destination`, as `pnpm publish` would. */
export async function packAll(destination: string): Promise<readonly PackedPackage[]> {
  return Promise.all(
    publishedPackages().map(async (published) => {
      const tarball = join(destination, `${published.name.replace('@pafka/', 'pafka-')}.tgz`)
      await pnpm(['pack', '--out', tarball], { cwd: published.folder })
      return { ...published, tarball }
    }),
  )
}
