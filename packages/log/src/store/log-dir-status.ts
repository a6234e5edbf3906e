/** A log dir, as others see it. */
export interface LogDirStatus {
  readonly path: string
  /** 22 characters, Kafka's base64url form; from `meta.properties`. Empty if that is unreadable. */
  readonly directoryId: string
  readonly isOnline: boolean
  /** Its disk is full, or nearly: it takes no appends until something is deleted. */
  readonly isShort: boolean
  readonly error: string | undefined
}
