const LONG_MS = 2 ** 30

/** Keeps the process from ending while something is to be done, though no socket is open. */
export class HoldProcess {
  #timer: NodeJS.Timeout | undefined

  hold(): void {
    this.#timer ??= setInterval(() => {}, LONG_MS)
  }

  release(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
