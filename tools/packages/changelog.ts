// How changesets writes CHANGELOG.md: named in .changeset/config.json, run by
// `pnpm version-packages`. Its own module says "Updated dependencies" once for every changeset.

interface Changeset {
  readonly summary: string
}

interface UpdatedDependency {
  readonly name: string
  readonly newVersion: string
}

/** One change, with its further lines indented below it. */
export function getReleaseLine({ summary }: Changeset): string {
  const lines = summary.split('\n').map((line) => line.trimEnd())
  return `- ${lines.join('\n  ')}`
}

/** What of ours was updated with it, in one entry whatever the reasons were. */
export function getDependencyReleaseLine(
  _changesets: readonly Changeset[],
  updated: readonly UpdatedDependency[],
): string {
  if (updated.length === 0) return ''
  const lines = updated.map(({ name, newVersion }) => `  - ${name}@${newVersion}`)
  return ['- Updated dependencies', ...lines].join('\n')
}
