/** What a command has of the world. */
export interface CommandContext {
  /** Resolves when more may come; rejects when nobody reads any more. */
  readonly write: (text: string) => Promise<void>
  readonly writeError: (text: string) => void
  /** Ends with this code, once the command has. */
  readonly exit: (code: number) => void
  /** The run is to end early, and say what it came to. */
  readonly signal: AbortSignal
}
