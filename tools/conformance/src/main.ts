import { writeFileSync } from 'node:fs'

import { startBroker, type BrokerUnderTest } from './broker-under-test.ts'
import { clients, references, type Client } from './clients.ts'
import { GoldenFrames } from './golden-frames.ts'
import { installClients, type Installation } from './install/install-clients.ts'
import { parseOptions, usage, type Options } from './options.ts'
import { RecordingProxy } from './recording-proxy.ts'
import { failures, summary, table } from './report.ts'
import { pairsOf, Suite, type Result } from './suite.ts'

const EXIT_MISUSED = 2
const inCi = process.env['CI'] === 'true'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

/**
 * @returns the outcome of every client and scenario asked for; a missing client is a failure in
 * CI.
 */
async function judgeAll(options: Options, installation: Installation): Promise<Result[]> {
  await using broker = options.bootstrap === undefined ? await startBroker() : undefined
  const bootstrap = options.bootstrap ?? broker?.bootstrap ?? ''
  await using proxy =
    options.listen === undefined
      ? undefined
      : await RecordingProxy.listen(options.listen, bootstrap)
  await using suite = await Suite.open({
    bootstrap: options.listen ?? bootstrap,
    referee: bootstrap, // not recorded
    installed: installation.installed,
    quick: options.quick,
  })
  const results: Result[] = []
  for (const client of options.clients) {
    const missing = installation.missing.find((each) => each.client === client)
    const frames = new GoldenFrames()
    for (const { scenario } of pairsOf([client], options.scenarios)) {
      // in the cross scenario it is not this client alone that speaks
      if (proxy !== undefined) proxy.sink = scenario === 'cross' ? undefined : frames
      const result: Result = missing
        ? {
            client: client.name,
            scenario,
            outcome: inCi ? 'failed' : 'left out',
            milliseconds: 0,
            reason: missing.reason,
          }
        : await suite.judge(client, scenario)
      results.push(result)
      const { outcome, milliseconds } = result
      print(`${outcome.padEnd(8)} ${client.name} ${scenario} (${milliseconds} ms)`)
    }
    if (options.golden !== undefined && missing === undefined) {
      frames.write(options.golden, client.name)
    }
  }
  tellBroker(broker, results)
  return results
}

/** What our broker logged is the first thing to look at when something failed. */
function tellBroker(broker: BrokerUnderTest | undefined, results: readonly Result[]): void {
  if (broker === undefined || results.every(({ outcome }) => outcome !== 'failed')) return
  print(`\nThe broker's last lines:\n${broker.output.trim().split('\n').slice(-30).join('\n')}`)
}

/** The cross scenario needs the clients that every other one is read by and reads. */
function withReferences({ clients: chosen, scenarios }: Options): Client[] {
  const isNeeded = (client: Client): boolean =>
    chosen.includes(client) || (scenarios.includes('cross') && references.includes(client.name))
  return clients.filter(isNeeded)
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  const installation = await installClients(withReferences(options), {
    mayInstall: () => true,
    tell: print,
  })
  if (options.installOnly) {
    process.exitCode = inCi && installation.missing.length > 0 ? 1 : 0
    return
  }
  const results = await judgeAll(options, installation)
  print(`\n${table(results)}\n`)
  const failed = failures(results)
  if (failed !== '') print(`${failed}\n`)
  for (const { client, reason } of installation.missing)
    print(`left out: ${client.name}: ${reason}`)
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 2))
  print(summary(results))
  process.exitCode = failed === '' ? 0 : 1
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`)
  process.exitCode = EXIT_MISUSED
}
