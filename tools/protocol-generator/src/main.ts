import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'

import { generate, GENERATED, readSchemas } from './generate.ts'

const files = generate(readSchemas())
mkdirSync(GENERATED, { recursive: true })
for (const name of readdirSync(GENERATED)) if (!files.has(name)) rmSync(GENERATED + name)
for (const [name, content] of files) writeFileSync(GENERATED + name, content)
console.log(`${files.size} files in packages/protocol/src/generated`)
