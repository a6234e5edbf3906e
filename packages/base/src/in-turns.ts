import { setImmediate as nextTurn } from 'node:timers/promises'

/** Runs `action` for every item, so many in each turn of the event loop: others go on between. */
export async function inTurns<T>(
  items: Iterable<T>,
  itemsATurn: number,
  action: (item: T) => void,
): Promise<void> {
  let left = itemsATurn
  for (const item of items) {
    action(item)
    left -= 1
    if (left > 0) continue
    left = itemsATurn
    await nextTurn()
  }
}
