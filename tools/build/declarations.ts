import { spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const RELATIVE_TS = /(\bfrom\s+|\bimport\(|\bimport\s+)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g

/**
 * Declarations for both module systems. TypeScript leaves the `.ts` endings of relative imports
 * in them, and a `.d.ts` of an ESM package says ESM to a CommonJS consumer; so every file is
 * written twice, `.d.ts` importing `.js` and `.d.cts` importing `.cjs`.
 * @returns false when the compiler has said what is wrong.
 */
export async function buildDeclarations(folder: string): Promise<boolean> {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  const command = [join(typescript, 'bin/tsc'), '-p', 'tsconfig.build.json']
  const { status } = spawnSync(process.execPath, command, { cwd: folder, stdio: 'inherit' })
  if (status !== 0) return false
  const dist = join(folder, 'dist')
  const files = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith('.d.ts'))
  await Promise.all(files.map((file) => writeBoth(join(dist, file))))
  return true
}

async function writeBoth(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, withEnding(text, 'js'))
  await writeFile(file.replace(/\.d\.ts$/, '.d.cts'), withEnding(text, 'cjs'))
}

/** Declaration text whose relative `.ts` imports end in `ending` instead. */
export function withEnding(text: string, ending: 'js' | 'cjs'): string {
  return text.replaceAll(RELATIVE_TS, `$1$2$3.${ending}$2`)
}
