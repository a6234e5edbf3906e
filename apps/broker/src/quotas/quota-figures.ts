/** What a kind of quota did so far, and what it knows. */
export interface QuotaFigures {
  /** Times that somebody was told to wait. */
  readonly throttles: number
  /** For how long, all together. */
  readonly throttledMs: number
  /** Clients or addresses whose rates are known. */
  readonly sensors: number
}
