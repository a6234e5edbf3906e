import { createRequire } from 'node:module'

const requireModule: NodeJS.Require = createRequire(import.meta.url)

/**
 * Loads a package with a native part when it is first needed, so that start-up does not wait for it.
 * @returns null where its binary does not exist for this platform
 */
export function loadNative<T>(name: string): T | null {
  try {
    return requireModule(name) as T
  } catch {
    return null
  }
}

/** The same for a package that nothing can replace. @throws what loading it throws */
export function nativePackage<T>(name: string): () => T {
  let loaded: T | undefined
  return () => {
    loaded ??= requireModule(name) as T
    return loaded
  }
}
