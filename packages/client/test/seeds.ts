/** For a randomised test; SEED and SEEDS of the environment say from where on, and how many. */
export function seedsOf(count: number): number[] {
  const first = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  return Array.from({ length: Number(process.env['SEEDS'] ?? count) }, (_, at) => first + at)
}
