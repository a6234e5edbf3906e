import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const SOURCE = join(import.meta.dirname, '../src')
/** With the types of others too: who does not have them cannot compile with them either. */
const IMPORT = /(?:from|import) '([^']+)'/g

/** What a module imports from elsewhere, with all that it imports of this package. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set()
  seen.add(file)
  const found = new Set<string>()
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const isOwn = name.startsWith('.')
    const names = isOwn ? packagesOf(join(dirname(file), name), seen) : [name]
    for (const one of names) found.add(one)
  }
  return found
}

test.for([
  ['.', []],
  ['schema-registry', []],
  ['avro', ['avsc']],
  ['opentelemetry', ['@opentelemetry/api']],
  ['protobuf', ['protobufjs']],
  ['json-schema', ['ajv', 'ajv/dist/2019.js', 'ajv/dist/2020.js']],
] as const)('%s needs no library but its own', ([entry, libraries]) => {
  const imported = [...packagesOf(join(SOURCE, entry, 'index.ts'))]
  const others = imported.filter((name) => !/^(node:|@pafka\/(base|protocol)$)/.test(name))
  expect(others.toSorted()).toEqual(libraries)
})
