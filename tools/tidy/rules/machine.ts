import { eachLine, isRule, type Rule } from '../rule.ts'

/** Paths that exist on one machine only. `/tmp` is Kafka's own default for its data. */
const MACHINE_PATH = /(^|[^\w.])\/(work|root|Users|home\/\w+)\//
const REGISTRIES = [
  'registry.npmjs.org',
  'pypi.org',
  'pythonhosted.org',
  'proxy.golang.org',
  'crates.io/api',
  'repo.maven.',
  'repo1.maven.',
  'deb.debian.org',
]
const LOCK = 'pnpm-lock.yaml'

/** Nothing here depends on the machine it was written on, or on where packages come from. */
export const noMachine: Rule = {
  name: 'no-machine',
  check: (tree) =>
    tree.paths
      .filter((path) => path !== LOCK && !isRule(path))
      .flatMap((path) =>
        eachLine(tree, path, (line) => {
          const registry = REGISTRIES.find((host) => line.includes(host))
          const found = MACHINE_PATH.exec(line)?.[0] ?? registry
          return found === undefined ? undefined : `names ${found.trim()}`
        }),
      ),
}

/** A script that goes on after a failure does the wrong thing next. */
export const strictShell: Rule = {
  name: 'strict-shell',
  check: (tree) =>
    tree.paths
      .filter((path) => path.endsWith('.sh') || path === '.ci/run')
      .filter((path) => !/^set -euo pipefail$/m.test(tree.read(path)))
      .map((path) => ({ path, problem: 'no `set -euo pipefail`' })),
}
