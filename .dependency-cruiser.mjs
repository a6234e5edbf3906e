// Who may import whom, between packages and inside them. Sources are read through the
// `@pafka/source` condition, so an arrow here is an arrow in the code, not in a manifest.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const NOT_SHIPPED = '\\.(test|fuzz|bench)\\.ts$|/test/'
const WORKSPACE = '^(packages|apps|tools)/'

/** One row of the layers: `folder` may import only the `allowed` folders, and itself. */
function layer(folder, allowed) {
  const known = [folder, ...allowed].join('|')
  return {
    name: `layer-${folder.replace('/', '-')}`,
    comment: `${folder} may import ${allowed.join(', ') || 'no other package'}`,
    severity: 'error',
    from: { path: `^${folder}/`, pathNot: NOT_SHIPPED },
    to: { path: WORKSPACE, pathNot: `^(${known})/` },
  }
}

/** Sources that manifests export: what others may import. */
const publicEntries = globSync('{packages,apps}/*/package.json', { cwd: import.meta.dirname })
  .flatMap((path) => {
    const { exports = {} } = JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8'))
    return Object.values(exports)
      .map((target) => target['@pafka/source'] ?? target)
      .filter((target) => typeof target === 'string' && target.endsWith('.ts'))
      .map((target) => join(dirname(path), target))
  })
  .map((path) => `^${path.replaceAll('.', '\\.')}$`)

const layers = [
  layer('packages/base', []),
  layer('packages/command', ['packages/base']),
  layer('packages/protocol', ['packages/base']),
  layer('packages/pmem', []),
  layer('packages/log', ['packages/base', 'packages/protocol', 'packages/pmem']),
  layer('packages/migrator', ['packages/base', 'packages/protocol', 'packages/log']),
  layer('packages/client', ['packages/base', 'packages/protocol']),
  layer('packages/admin-api', ['packages/base']),
  layer('packages/testing', ['packages/base']),
  layer('apps/broker', [
    'packages/base',
    'packages/command',
    'packages/protocol',
    'packages/log',
    'packages/migrator',
    'packages/admin-api',
  ]),
  layer('apps/cli', [
    'packages/base',
    'packages/command',
    'packages/protocol',
    'packages/log',
    'packages/migrator',
    'packages/client',
    'packages/admin-api',
  ]),
  layer('apps/perf', ['packages/base', 'packages/command', 'packages/protocol', 'packages/client']),
  layer('apps/console', ['packages/admin-api']),
]

/** Node modules that touch the world. `node:zlib`, `node:crypto` and the like only compute. */
const WORLD = '^(node:)?(fs|fs/promises|net|tls|dgram|dns|http|https|http2|child_process|cluster)$'

const forbidden = [
  ...layers,
  {
    name: 'no-circular',
    comment: 'a cycle means that two modules are one, or that one of them knows too much',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'not-to-tools-or-apps',
    comment: 'nothing imports tools; of the apps only the broker is a library',
    severity: 'error',
    from: { path: '^(packages|apps)/([^/]+)/' },
    to: { path: '^(tools/|apps/(?!broker/))', pathNot: '^$1/$2/' },
  },
  {
    name: 'packages-not-to-apps',
    comment: 'an app is above every package; the embedded broker is there for tests of clients',
    severity: 'error',
    from: { path: '^packages/', pathNot: '^packages/client/test/' },
    to: { path: '^apps/' },
  },
  {
    name: 'only-through-exports',
    comment: 'another package is what its manifest exports; its other files are its own',
    severity: 'error',
    from: { path: '^(packages|apps|tools)/([^/]+)/' },
    to: {
      path: '^(packages|apps)/[^/]+/',
      pathNot: ['^$1/$2/', 'package\\.json$', ...publicEntries],
    },
  },
  {
    name: 'pure-below',
    comment: 'base and protocol are sans-I/O: bytes in, bytes out',
    severity: 'error',
    from: { path: '^packages/(base|protocol)/src/', pathNot: NOT_SHIPPED },
    to: { dependencyTypes: ['core'], path: WORLD },
  },
  {
    name: 'files-are-passed-in',
    comment: 'the log knows files only through its FileSystem, which src/files implements',
    severity: 'error',
    from: { path: '^packages/log/src/', pathNot: ['^packages/log/src/files/', NOT_SHIPPED] },
    to: { dependencyTypes: ['core'], path: WORLD },
  },
  {
    name: 'sockets-stay-in-network',
    comment: 'handlers, coordinators and the metadata never see a socket',
    severity: 'error',
    from: {
      path: '^apps/broker/src/(handlers|coordinator|metadata|fetch|config)/',
      pathNot: NOT_SHIPPED,
    },
    to: { dependencyTypes: ['core'], path: '^(node:)?(net|tls|http|https|http2)$' },
  },
  {
    name: 'not-to-tests',
    comment: 'what ships does not import what tests it',
    severity: 'error',
    from: { path: '^(packages|apps)/', pathNot: [NOT_SHIPPED, '^packages/testing/'] },
    to: { path: `${NOT_SHIPPED}|^packages/testing/` },
  },
  {
    name: 'no-dev-dependency-in-src',
    comment: 'what ships imports only what the published manifest lists, be it as a peer',
    severity: 'error',
    from: { path: '^(packages|apps)/[^/]+/src/', pathNot: NOT_SHIPPED },
    to: {
      dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
      dependencyTypesNot: ['type-only', 'npm-peer'],
    },
  },
  {
    name: 'resolvable',
    comment: 'an import that leads nowhere',
    severity: 'error',
    from: { path: WORKSPACE },
    to: { couldNotResolve: true },
  },
]

export default {
  forbidden,
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['/fixtures/', '/dist/'] },
    enhancedResolveOptions: {
      conditionNames: ['@pafka/source', 'types', 'node', 'import', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.node'],
    },
  },
}
