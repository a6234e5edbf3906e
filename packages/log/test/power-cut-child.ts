import { runHistory } from './power-cuts.ts'

/** What becomes of a seed that the parent sent. */
export interface Outcome {
  readonly seed: number
  /** Undefined when every promise was kept. */
  readonly problem: string | undefined
}

/** A process that runs the histories it is sent, one after the other, until it is let go. */
process.on('message', (seed: number) => void run(seed))

async function run(seed: number): Promise<void> {
  let problem: string | undefined
  try {
    await runHistory(seed)
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error)
  }
  process.send?.({ seed, problem } satisfies Outcome)
}
