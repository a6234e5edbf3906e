/** How long closing may take. */
export interface CloseOptions {
  /** For what is under way, in milliseconds. What has no end by then is given up. */
  readonly timeoutMs?: number | undefined
}
