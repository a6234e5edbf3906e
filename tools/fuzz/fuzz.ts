// `pnpm fuzz [word...] [--seed N] [--seconds N]`: attacks with every fuzz whose file or name has
// all the words. With a seed it makes that one attempt, else it goes on for so many seconds each.
import { parseArgs } from 'node:util'

import { campaign, FuzzFind } from './campaign.ts'
import { fuzzFiles, loadFuzzes } from './fuzzes.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, seconds: { type: 'string', default: '10' } },
})
const forMs = values.seed === undefined ? Number(values.seconds) * 1000 : 0
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
console.log(`seed ${seed}`)

for (const file of fuzzFiles()) {
  for (const fuzz of await loadFuzzes(file)) {
    const title = `${file} ${fuzz.name}`
    if (!positionals.every((word) => title.includes(word))) continue
    const until = performance.now() + forMs
    try {
      const attempts = await campaign(fuzz, { seed, goOn: () => performance.now() < until })
      console.log(`${attempts.toString().padStart(9)} attempts  ${title}`)
    } catch (error) {
      if (!(error instanceof FuzzFind)) throw error
      console.error(error.message)
      process.exitCode = 1
    }
  }
}
