import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { PackedPackage } from './pack.ts'
import { run } from './run.ts'

/** A project outside the workspace, as somebody has it who installs our packages. */
export interface Consumer {
  readonly folder: string
}

/** The TypeScript that compiles it, and Node's types. */
export interface ConsumerTools {
  readonly typescript: string
  readonly nodeTypes: string
}

/**
 * An empty project in `folder` with the packed packages installed by npm. Siblings are taken
 * from the tarballs too, not from the registry, where they may be older or missing.
 */
export async function installConsumer(
  folder: string,
  packed: readonly PackedPackage[],
  tools: ConsumerTools,
): Promise<Consumer> {
  const tarballs = Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]))
  const manifest = {
    name: 'consumer',
    version: '1.0.0',
    private: true,
    dependencies: Object.assign({}, ...packed.map(({ peers }) => peers), tarballs) as object,
    devDependencies: { typescript: tools.typescript, '@types/node': tools.nodeTypes },
    overrides: Object.fromEntries(Object.keys(tarballs).map((name) => [name, `$${name}`])),
  }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--prefer-offline', '--loglevel=error']
  await run('npm', ['install', ...quiet], { cwd: folder })
  await writeFile(join(folder, 'esm.mts'), sourceOf(packed))
  await writeFile(join(folder, 'cjs.cts'), sourceOf(packed))
  await writeFile(join(folder, 'node10.ts'), sourceOf(packed))
  const program = await readFile(join(import.meta.dirname, 'use-client.ts'))
  for (const kind of ['mts', 'cts', 'ts'])
    await writeFile(join(folder, `use-client.${kind}`), program)
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  await writeFile(join(folder, 'tsconfig.bundler.json'), JSON.stringify(OF_BUNDLER))
  await writeFile(join(folder, 'tsconfig.node10.json'), JSON.stringify(OF_NODE10))
  return { folder }
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    skipLibCheck: false,
  },
  include: ['*.mts', '*.cts'],
}

/** As those see packages who leave the rest to a bundler. */
const OF_BUNDLER = {
  extends: './tsconfig.json',
  compilerOptions: { module: 'esnext', moduleResolution: 'bundler', noEmit: true },
  include: ['*.mts'],
}

/** As TypeScript 5 is told of CommonJS: it looks for packages as Node 10 did, without `exports`. */
const OF_NODE10 = {
  compilerOptions: { module: 'commonjs', target: 'es2020', strict: true, esModuleInterop: true },
  include: ['*.ts'],
}

/** One program, which TypeScript emits as an ES module and as a CommonJS one. */
function sourceOf(packed: readonly PackedPackage[]): string {
  const imports = packed.flatMap(({ name, entries }) => entries.map((entry) => join(name, entry)))
  return [
    ...imports.map((specifier, at) => `import * as imported${at} from '${specifier}'`),
    `const imported = { ${imports.map((name, at) => `'${name}': imported${at}`).join(', ')} }`,
    'for (const [name, module] of Object.entries(imported)) {',
    '  console.log(name, Object.keys(module).filter((key) => key !== "default").sort().join(" "))',
    '}',
  ].join('\n')
}
