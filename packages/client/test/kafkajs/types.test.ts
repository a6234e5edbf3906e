import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
const compiler = join(here, '../../../../node_modules/typescript/bin/tsc')

// the check of all types has them against kafkajs itself
test('programs with the types of kafkajs have them here, too', async () => {
  const args = [compiler, '--project', join(here, 'tsconfig.json'), '--pretty', 'false']
  const said = Promise.withResolvers<string>()
  execFile(process.execPath, args, (_, stdout) => said.resolve(stdout))
  expect(await said.promise).toBe('')
})
