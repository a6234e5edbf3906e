import { createRequire } from 'node:module'

const requireModule: NodeJS.Require = createRequire(import.meta.url)

/** A package that is loaded when it is first needed, so that start-up does not wait for it. */
export class NativePackage<T extends object> {
  readonly #name: string
  readonly #isIt: (loaded: object) => loaded is T
  #loaded: T | undefined
  #missing: unknown

  /** @param isIt tells whether what was loaded has the functions that are used */
  constructor(name: string, isIt: (loaded: object) => loaded is T) {
    this.#name = name
    this.#isIt = isIt
  }

  /** Undefined where the package has no binary for this platform. */
  get optional(): T | undefined {
    if (this.#loaded === undefined && this.#missing === undefined) this.#load()
    return this.#loaded
  }

  /** @throws {Error} where the package has no binary for this platform */
  get required(): T {
    const loaded = this.optional
    if (loaded !== undefined) return loaded
    throw new Error(`${this.#name} does not load on this platform`, { cause: this.#missing })
  }

  #load(): void {
    try {
      const loaded: unknown = requireModule(this.#name)
      const known = typeof loaded === 'object' && loaded !== null && this.#isIt(loaded)
      if (!known) throw new TypeError(`${this.#name} has not the functions it should have`)
      this.#loaded = loaded
    } catch (cause) {
      this.#missing = cause
    }
  }
}
