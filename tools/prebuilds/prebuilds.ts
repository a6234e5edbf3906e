// `pnpm prebuilds`: makes the binaries that travel inside @pafka/pmem. They are committed, so that
// nobody needs a compiler but who changes packages/pmem/native. Debian's gcc and
// gcc-aarch64-linux-gnu make them.
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { compile, prebuildOf, targets } from './native-build.ts'

for (const target of targets) {
  const output = prebuildOf(target)
  mkdirSync(dirname(output), { recursive: true })
  compile(target, output)
  console.log(`${target.name}: ${statSync(output).size} bytes`)
}
