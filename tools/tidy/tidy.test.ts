import { join } from 'node:path'
import { expect, test } from 'vitest'

import { rules } from './rules/index.ts'
import { readSourceTree, sourceTreeOf } from './source-tree.ts'

const repository = readSourceTree(join(import.meta.dirname, '../..'))

test.for(rules)('the repository keeps the rule $name', (rule) => {
  expect(rule.check(repository)).toEqual([])
})

const required = { types: './dist/index.d.cts', default: './dist/index.cjs' }
const published = {
  name: '@pafka/base',
  version: '1.0.0',
  license: 'Apache-2.0',
  type: 'module',
  description: 'x',
  keywords: ['x'],
  files: ['dist'],
  engines: { node: '>=22.15' },
  main: './dist/index.cjs',
  types: './dist/index.d.cts',
  exports: { '.': { '@pafka/source': './src/index.ts', require: required } },
  publishConfig: { access: 'public', exports: { '.': { require: required } } },
}
const withAvro = {
  ...published.publishConfig.exports,
  './avro': { require: { types: './dist/avro.d.cts', default: './dist/avro.cjs' } },
  './package.json': './package.json',
}

function manifest(changes: Record<string, unknown>): Record<string, string> {
  return {
    'packages/base/package.json': JSON.stringify({ ...published, ...changes }),
    'packages/base/README.md': '# base',
  }
}

/** Files that break a rule, beside files that nearly do. */
interface Example {
  readonly rule: string
  readonly broken: readonly Record<string, string>[]
  readonly kept: readonly Record<string, string>[]
}

const wide = `// ${'x'.repeat(98)}`
const source = 'packages/base/src/clock.ts'

const examples: readonly Example[] = [
  {
    rule: 'kebab-case',
    broken: [
      { 'packages/base/src/myClock.ts': '' },
      { 'apps/broker/src/Handlers/fetch.ts': '' },
      { 'docs/Glossary.md': '' },
    ],
    kept: [
      { 'packages/base/src/my-clock.test.ts': '', 'packages/base/README.md': '' },
      { 'packages/base/tsconfig.build.json': '', 'tools/conformance/drivers/java/Driver.java': '' },
    ],
  },
  {
    rule: 'telling-names',
    broken: [
      { 'packages/base/src/utils.ts': '' },
      { 'packages/log/src/common/clock.ts': '' },
      { 'packages/log/src/log-impl.ts': '' },
      { 'packages/log/src/read-cursor.ts': '' },
    ],
    kept: [{ 'packages/log/src/utilisation.ts': '', 'packages/log/src/implied-epoch.ts': '' }],
  },
  {
    rule: 'vocabulary',
    broken: [
      { [source]: 'export class LogCursor {' },
      { [source]: 'interface IClock {' },
      { [source]: 'function readChunk(): void {' },
      { [source]: 'export type ClockImpl = number' },
    ],
    kept: [
      { [source]: '// the class Cursor of Kafka\nexport interface Identity {' },
      { 'packages/protocol/src/generated/x.ts': 'export interface ResponseCursor {' },
    ],
  },
  {
    rule: 'line-width',
    broken: [{ [source]: `ok\n${wide}` }, { 'tools/x/driver.mjs': wide }],
    kept: [
      { [source]: wide.slice(1), 'packages/protocol/src/generated/x.ts': wide, 'docs/x.md': wide },
      { [source]: `// https://cwiki.apache.org/${wide}` },
    ],
  },
  {
    rule: 'unfinished',
    broken: [{ [source]: 'run() // TODO: stop' }, { 'docs/x.md': 'FIXME' }],
    kept: [{ [source]: 'const todo = 1 // the TODOs of others' }],
  },
  {
    rule: 'tests-beside-code',
    broken: [
      { 'packages/base/src/clock.test.ts': '' },
      { 'packages/base/src/a/clock.fuzz.ts': '', 'packages/base/src/clock.ts': '' },
      { 'packages/base/src/clocks.test.ts': '', 'packages/base/src/clock.ts': '' },
    ],
    kept: [
      { 'packages/base/src/clock.bench.ts': '', 'packages/base/src/clock.ts': '' },
      { 'packages/base/src/clock-random.test.ts': '', 'packages/base/src/clock.ts': '' },
      { 'packages/log/test/crash.test.ts': '', 'packages/log/src/segment/segment.test.ts': '' },
    ],
  },
  {
    rule: 'no-machine',
    broken: [
      { [source]: "open('/work/data')" },
      { 'docs/x.md': 'see /home/ada/pafka' },
      { '.npmrc': 'registry=https://registry.npmjs.org/' },
    ],
    kept: [{ [source]: "open('/tmp/kafka-logs', '../work/x', './root/x')" }],
  },
  {
    rule: 'strict-shell',
    broken: [{ '.ci/run': 'npm test' }, { 'tools/x/x.sh': 'set -e' }],
    kept: [{ '.ci/run': '#!/usr/bin/env bash\nset -euo pipefail\n' }],
  },
  {
    rule: 'decisions',
    broken: [
      { 'docs/decisions/sockets.md': '# 1. Sockets' },
      { 'docs/decisions/0002-sockets.md': '# 2. Sockets' },
      { 'docs/decisions/0001-sockets.md': '# Sockets' },
      { 'docs/decisions/0001-a.md': '# 1. A', 'docs/decisions/0001-b.md': '# 1. B' },
    ],
    kept: [{ 'docs/decisions/0001-a.md': '# 1. A', 'docs/decisions/0002-b.md': '# 2. B' }],
  },
  {
    rule: 'links',
    broken: [{ 'docs/x.md': '[y](y.md)' }, { 'README.md': '[y](docs/y.md#z)' }],
    kept: [
      { 'docs/x.md': '[y](../docs/y.md#z) [a](#b) [c](https://kafka.apache.org)', 'docs/y.md': '' },
      { 'README.md': '[all](docs/)', 'docs/y.md': '' },
    ],
  },
  {
    rule: 'catalog-versions',
    broken: [
      manifest({ dependencies: { snappy: '^7.0.0' } }),
      manifest({ peerDependencies: { ajv: '^8.0.0' } }),
      manifest({ devDependencies: { '@pafka/base': 'workspace:^' } }),
    ],
    kept: [
      manifest({ dependencies: { snappy: 'catalog:', '@pafka/base': 'workspace:*' } }),
      manifest({ peerDependencies: { ajv: '^8.0.0' }, devDependencies: { ajv: 'catalog:' } }),
    ],
  },
  {
    rule: 'exact-pins',
    broken: [
      { 'pnpm-workspace.yaml': 'catalog:\n  snappy: ^7.0.0\n' },
      { 'pnpm-workspace.yaml': "catalog:\n  node-22: npm:node@22\n  '@a/b': latest\n" },
    ],
    kept: [{ 'pnpm-workspace.yaml': 'catalog:\n  node-22: npm:node@22.1.0\n  a: 1.0.0-rc.1\n' }],
  },
  {
    rule: 'package-names',
    broken: [
      manifest({ name: '@pafka/basis' }),
      {
        ...manifest({}),
        'packages/log/package.json': JSON.stringify({ name: '@pafka/log', version: '1.0.1' }),
      },
    ],
    kept: [{ ...manifest({}), 'package.json': JSON.stringify({ name: 'pafka', private: true }) }],
  },
  {
    rule: 'published-manifests',
    broken: [
      { 'packages/base/package.json': JSON.stringify(published) },
      manifest({ license: 'MIT' }),
      manifest({ engines: { node: '>=20' } }),
      manifest({ description: undefined }),
      manifest({ publishConfig: { access: 'public', exports: published.exports } }),
      manifest({ main: undefined }),
      manifest({ types: './dist/index.d.ts' }),
      manifest({ publishConfig: { access: 'public', exports: withAvro } }),
      {
        ...manifest({ dependencies: { '@pafka/testing': 'workspace:*' } }),
        'packages/testing/package.json': '{ "name": "@pafka/testing", "private": true }',
      },
    ],
    kept: [
      manifest({ devDependencies: { '@pafka/testing': 'workspace:*' } }),
      manifest({
        publishConfig: { access: 'public', exports: withAvro },
        typesVersions: { '*': { avro: ['./dist/avro.d.cts'] } },
      }),
    ],
  },
]

test('every rule has an example', () => {
  expect(examples.map((example) => example.rule).toSorted()).toEqual(
    rules.map((rule) => rule.name).toSorted(),
  )
})

test.for(examples)('$rule tells what breaks it from what keeps it', (example) => {
  const rule = rules.find(({ name }) => name === example.rule)
  const seen = (files: Record<string, string>): boolean =>
    rule?.check(sourceTreeOf(files))[0] !== undefined
  expect(example.broken.filter((files) => !seen(files))).toEqual([])
  expect(example.kept.filter((files) => seen(files))).toEqual([])
})
