/** One thing that must hold of the whole repository, and the command that says so. */
export interface Check {
  readonly name: string
  /** What a person should do when it fails. */
  readonly hint: string
  /** Program of the workspace (`node_modules/.bin`) and its arguments, run from the root. */
  readonly command: readonly [string, ...string[]]
}

/** Cheap ones first: what fails most is known soonest. */
export const checks: readonly Check[] = [
  {
    name: 'format',
    hint: 'pnpm format:fix',
    command: ['oxfmt', '--check', '.'],
  },
  {
    name: 'house',
    hint: 'docs/style.md says why; the rules are in tools/tidy/rules',
    command: ['node', 'tools/tidy/tidy.ts'],
  },
  {
    name: 'lint',
    hint: 'pnpm lint --fix mends some; the rules are in .oxlintrc.json',
    command: ['oxlint', '--type-aware', '--deny-warnings'],
  },
  {
    name: 'types',
    hint: 'pnpm typecheck',
    command: ['tsc', '-p', 'tsconfig.json'],
  },
  {
    name: 'boundaries',
    hint: 'between packages; the tags are in turbo.json',
    command: ['node', 'tools/build/turbo.ts', 'boundaries'],
  },
  {
    name: 'modules',
    hint: 'inside packages; the rules are in .dependency-cruiser.mjs',
    command: ['depcruise', 'packages', 'apps', 'tools'],
  },
  {
    name: 'dead-code',
    hint: 'delete it, or use it; the entry points are in knip.jsonc',
    command: ['knip', '--no-config-hints'],
  },
  {
    name: 'packages',
    hint: 'what npm would get: built, packed, looked at by publint and attw',
    command: ['node', 'tools/packages/check-packages.ts'],
  },
  {
    name: 'changesets',
    hint: 'pnpm changeset writes one; .changeset/README.md',
    command: ['node', 'tools/packages/check-changesets.ts'],
  },
]
