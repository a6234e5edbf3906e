import type { ColdRun, ColdSource } from './cold-run.ts'

/** Runs that wait for the device: the files take turns, each gives its own in order. */
export class ColdQueue {
  readonly #bySource = new Map<ColdSource, ColdRun[]>()

  push(run: ColdRun): void {
    const waiting = this.#bySource.get(run.source)
    if (waiting === undefined) this.#bySource.set(run.source, [run])
    else waiting.push(run)
  }

  /** Whose turn it is. */
  peek(): ColdRun | undefined {
    for (const [first] of this.#bySource.values()) return first
    return undefined
  }

  /** Ends the turn of `peek()`: the next one is of another file. */
  shift(): void {
    for (const [source, waiting] of this.#bySource) {
      waiting.shift()
      this.#bySource.delete(source)
      if (waiting.length > 0) this.#bySource.set(source, waiting)
      return
    }
  }

  remove(run: ColdRun): void {
    const waiting = this.#bySource.get(run.source) ?? []
    const at = waiting.indexOf(run)
    if (at < 0) return
    waiting.splice(at, 1)
    if (waiting.length === 0) this.#bySource.delete(run.source)
  }

  all(): ColdRun[] {
    return [...this.#bySource.values()].flat()
  }
}
