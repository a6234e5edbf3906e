import { dirname } from 'node:path/posix'

import type { Rule, Violation } from '../rule.ts'
import type { SourceTree } from '../source-tree.ts'

interface Manifest {
  readonly path: string
  readonly folder: string
  readonly fields: Readonly<Record<string, unknown>>
}

const WORKSPACE_MANIFEST = /^((packages|apps|tools)\/[^/]+\/)?package\.json$/
const SHIPPED = ['dependencies', 'optionalDependencies', 'peerDependencies']
const LISTS = [...SHIPPED, 'devDependencies']
/** The Node lines that packages are tested on, see tools/packages. */
const ENGINES = '>=22.15'

function manifestsOf(tree: SourceTree): Manifest[] {
  return tree.paths
    .filter((path) => WORKSPACE_MANIFEST.test(path))
    .map((path) => ({ path, folder: dirname(path), fields: record(parsed(tree.read(path))) }))
}

function parsed(text: string): unknown {
  return JSON.parse(text)
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function isPrivate({ fields }: Manifest): boolean {
  return fields['private'] === true
}

/**
 * A version stands in the catalog only, so that two packages never differ in it. What people bring
 * themselves may be of a range, and is tested with the one in the catalog.
 */
export const catalogVersions: Rule = {
  name: 'catalog-versions',
  check: (tree) =>
    manifestsOf(tree).flatMap(({ path, fields }) =>
      LISTS.flatMap((list) =>
        Object.entries(record(fields[list]))
          .filter(([, version]) => version !== 'catalog:' && version !== 'workspace:*')
          .filter(([name]) => list !== 'peerDependencies' || !isTested(fields, name))
          .map(([name, version]) => ({
            path,
            problem: `${list}: ${name} is ${String(version)}, not catalog: or workspace:*`,
          })),
      ),
    ),
}

function isTested(fields: Manifest['fields'], name: string): boolean {
  return record(fields['devDependencies'])[name] === 'catalog:'
}

/** Exact pins: an install of the same commit is the same install. */
export const exactPins: Rule = {
  name: 'exact-pins',
  check: (tree) => {
    const path = 'pnpm-workspace.yaml'
    if (!tree.paths.includes(path)) return []
    const [, catalog = ''] = tree.read(path).split(/^catalog:$/m)
    return [...catalog.matchAll(/^ {2}'?([^':]+)'?: (\S+)/gm)]
      .filter(([, , version = '']) => !/^(npm:[@\w/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([, name, version]) => ({ path, problem: `${name}: ${version} is not exact` }))
  },
}

/** What a package that people install must say of itself. */
export const publishedManifests: Rule = {
  name: 'published-manifests',
  check: (tree) => {
    const manifests = manifestsOf(tree)
    const secret = new Set(manifests.filter(isPrivate).map(({ fields }) => fields['name']))
    return manifests
      .filter((manifest) => !isPrivate(manifest))
      .flatMap((manifest) =>
        [...fieldProblems(manifest), ...shipProblems(tree, manifest, secret)].map((problem) => ({
          path: manifest.path,
          problem,
        })),
      )
  },
}

function fieldProblems({ fields }: Manifest): string[] {
  const publish = record(fields['publishConfig'])
  const problems = [
    fields['license'] === 'Apache-2.0' ? undefined : 'license is not Apache-2.0',
    record(fields['engines'])['node'] === ENGINES ? undefined : `engines.node is not ${ENGINES}`,
    fields['type'] === 'module' ? undefined : 'type is not module',
    typeof fields['description'] === 'string' ? undefined : 'no description',
    Array.isArray(fields['keywords']) ? undefined : 'no keywords',
    Array.isArray(fields['files']) ? undefined : 'no files',
    publish['access'] === 'public' ? undefined : 'publishConfig.access is not public',
    publish['exports'] === undefined ? 'no publishConfig.exports' : undefined,
    JSON.stringify(publish).includes('@pafka/source')
      ? 'publishConfig.exports has @pafka/source, which is not in the package'
      : undefined,
  ]
  return [...problems, ...exportProblems(fields)].filter((problem) => problem !== undefined)
}

/** TypeScript of `module: commonjs` reads no `exports`: what they say of CommonJS is said again. */
function exportProblems(fields: Manifest['fields']): string[] {
  const exported = Object.entries(record(record(fields['publishConfig'])['exports']))
    .map(([entry, target]) => [entry, record(record(target)['require'])] as const)
    .filter(([, required]) => required['types'] !== undefined)
  const root = Object.fromEntries(exported)['.']
  const others = exported.filter(([entry]) => entry !== '.')
  const paths = others.map(([entry, { types }]) => [entry.replace('./', ''), [types]] as const)
  const wanted = {
    main: root?.['default'],
    types: root?.['types'],
    typesVersions: paths.length === 0 ? undefined : { '*': Object.fromEntries(paths) },
  }
  return Object.entries(wanted)
    .map(([field, value]) => [field, JSON.stringify(value)] as const)
    .filter(([field, text]) => JSON.stringify(fields[field]) !== text)
    .map(([field, text]) => `${field} is not what exports say of CommonJS: ${text ?? 'nothing'}`)
}

function shipProblems(
  tree: SourceTree,
  manifest: Manifest,
  secret: ReadonlySet<unknown>,
): string[] {
  const readme = `${manifest.folder}/README.md`
  const shipped = SHIPPED.flatMap((list) => Object.keys(record(manifest.fields[list])))
  return [
    ...(tree.paths.includes(readme) ? [] : ['no README.md']),
    ...shipped
      .filter((name) => secret.has(name))
      .map((name) => `depends on ${name}, which is private`),
  ]
}

/** `@pafka/<folder>`, private or published in the one version group. */
export const packageNames: Rule = {
  name: 'package-names',
  check: (tree) => {
    const manifests = manifestsOf(tree).filter(({ path }) => path !== 'package.json')
    const published = manifests.filter((manifest) => !isPrivate(manifest))
    const version = published[0]?.fields['version']
    return [
      ...manifests
        .filter(({ folder, fields }) => fields['name'] !== `@pafka/${folder.split('/').at(-1)}`)
        .map(({ path }): Violation => ({ path, problem: 'is not named @pafka/<its folder>' })),
      ...published
        .filter(({ fields }) => fields['version'] !== version)
        .map(({ path }): Violation => ({ path, problem: `is not at ${String(version)}` })),
    ]
  },
}
