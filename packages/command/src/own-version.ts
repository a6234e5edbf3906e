import { readFileSync } from 'node:fs'

/**
 * Of a package, as published.
 * @param sourceUrl of a file in its `src/`, as in its `dist/`: beside them lies its manifest
 */
export function ownVersion(sourceUrl: string): string {
  const text = readFileSync(new URL('../package.json', sourceUrl), 'utf8')
  const manifest: unknown = JSON.parse(text)
  const isNamed = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isNamed ? String(manifest.version) : 'unknown'
}
