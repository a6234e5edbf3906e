/** How long to wait for what is asked for. */
export interface CallOptions {
  /** With it the call ends, with what it was aborted with. What is under way may be done still. */
  readonly signal?: AbortSignal | undefined
}
