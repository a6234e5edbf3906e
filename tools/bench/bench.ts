// `pnpm bench [word...]`: runs the benches whose file or name has every word, one after another.
import { benchFiles, loadBenches } from './benches.ts'
import { measure } from './measure.ts'

const words = process.argv.slice(2)
for (const file of benchFiles()) {
  for (const bench of await loadBenches(file)) {
    const title = `${file} ${bench.name}`
    if (!words.every((word) => title.includes(word))) continue
    const { medianNs, spread } = await measure(bench, { rounds: 7, roundMs: 100 })
    const rate = bench.bytes === undefined ? '' : `${megabytes(bench.bytes, medianNs)} MB/s`
    console.log(`${duration(medianNs)}  ${rate.padStart(12)}  ±${percent(spread)}  ${title}`)
  }
}

/** Bytes per nanosecond are gigabytes per second. */
function megabytes(bytes: number, ns: number): string {
  return Math.round((bytes / ns) * 1000).toString()
}

function duration(ns: number): string {
  const [value, unit] = ns < 1e4 ? [ns, 'ns'] : ns < 1e7 ? [ns / 1e3, 'us'] : [ns / 1e6, 'ms']
  return `${value.toFixed(1).padStart(8)} ${unit}`
}

function percent(spread: number): string {
  return `${Math.round((spread - 1) * 100)} %`.padStart(5)
}
