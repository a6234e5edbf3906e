/** Runs `action` for every item, at most `limit` at a time. Rejects with the first failure. */
export async function concurrently<T>(
  items: Iterable<T>,
  limit: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const work = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      await action(next.value)
    }
  }
  await Promise.all(Array.from({ length: limit }, work))
}
