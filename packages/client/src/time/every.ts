import type { Clock, Timer } from '@pafka/base'

/**
 * Does it so long after it was begun, and again so long after each end, whether it succeeds or not.
 * @returns what ends that
 */
export function every(clock: Clock, ms: number, work: () => Promise<unknown>): () => void {
  let isOver = false
  let timer: Timer | undefined
  const later = (): void => {
    if (!isOver) timer = clock.setTimer(ms, () => void work().then(later, later))
  }
  later()
  return () => {
    isOver = true
    timer?.cancel()
  }
}
