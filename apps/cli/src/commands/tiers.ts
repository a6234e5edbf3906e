import { setTimeout } from 'node:timers/promises'

import { ConfigError, messageOf, SECOND_MS } from '@pafka/base'
import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { type TiersStatus, tiersStatus } from '../tiers/tiers-status.ts'
import { tiersTable } from '../tiers/tiers-table.ts'

interface TiersOptions {
  readonly json?: boolean
  readonly follow?: boolean
  readonly interval: string
}

const PATIENCE_MS = 5 * SECOND_MS

const EXAMPLES = `
Examples:
  pafka tiers 127.0.0.1:9404               what lies where, and what is moved
  pafka tiers 127.0.0.1:9404 --follow
  pafka tiers 127.0.0.1:9404 --json | jq .paths

The address is the broker's metrics.listener. Exits with 1 when nothing answers there, or the
broker has neither tiers nor persistent memory.
`

/** `pafka tiers`: how full the tiers of a running broker are, and what moves between them. */
export function tiersCommand(context: CommandContext): Command {
  return new Command('tiers')
    .description('Print what lies in which tier of a running broker, and what is moved.')
    .argument('<host:port>', "the broker's metrics.listener")
    .option('--json', 'one JSON object a line')
    .option('--follow', 'again and again')
    .option('--interval <seconds>', 'between two, with --follow', '2')
    .addHelpText('after', EXAMPLES)
    .action((address: string, options: TiersOptions) => printTiers(address, options, context))
}

async function printTiers(
  address: string,
  options: TiersOptions,
  { write, writeError, exit }: CommandContext,
): Promise<void> {
  const seconds = Number(options.interval)
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new ConfigError([`--interval ${options.interval}: should be seconds, up to 3600`])
  }
  let before: TiersStatus | undefined
  for (;;) {
    const answer = await askFor(address)
    if (typeof answer === 'string') {
      writeError(`${answer}\n`)
      if (before === undefined) return exit(1)
      await setTimeout(seconds * SECOND_MS) // as in a restart: whoever follows sees it come back
      continue
    }
    const rates = before && { status: before, seconds }
    const table = options.json === true ? `${JSON.stringify(answer)}\n` : tiersTable(answer, rates)
    await write(table)
    if (options.follow !== true) return
    before = answer
    await setTimeout(seconds * SECOND_MS)
    if (options.json !== true) await write('\n')
  }
}

/** @returns why not, when it is a text */
async function askFor(address: string): Promise<TiersStatus | string> {
  if (!/^[^/\s]+:\d+$/.test(address)) return `${address}: should be host:port`
  let text: string
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const response = await fetch(`http://${address}/metrics`, { signal })
    if (!response.ok) return `${address} answers ${response.status}: is it metrics.listener?`
    text = await response.text()
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return `${address} does not answer: ${messageOf(cause)}`
  }
  return (
    tiersStatus(text) ?? `${address} has no tiers: its log.channel.type is neither tiered nor pmem`
  )
}
