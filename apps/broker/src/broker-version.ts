import { readFileSync } from 'node:fs'

/**
 * Of this package; undefined where it was bundled into a program. Who embeds a broker loads nothing
 * of command lines for it.
 */
export function brokerVersion(): string | undefined {
  try {
    // beside src/ as beside dist/
    const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
    return String((JSON.parse(text) as { readonly version: unknown }).version)
  } catch {
    return undefined
  }
}
