import type { WriteText } from './dump/dump-output.ts'

/** What a command has of the world. */
export interface CommandContext {
  readonly write: WriteText
  readonly writeError: (text: string) => void
  /** Ends with this code, once the command has. */
  readonly exit: (code: number) => void
}
