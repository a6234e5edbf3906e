import { Command, CommanderError, Option } from 'commander'

import { LOG_LEVELS, type LogLevel } from '../logging/log-level.ts'

/** Start a broker. */
export interface RunCommand {
  readonly kind: 'run'
  /** Path of a `server.properties`. */
  readonly file: string | undefined
  /** `key=value`, each. */
  readonly overrides: readonly string[]
  readonly printConfig: boolean
  readonly jsonLog: boolean
  readonly logLevel: LogLevel
}

/** What the user asked for. */
export type CommandLine =
  | RunCommand
  /** Send a record to the broker at this `host:port` and read it back. */
  | { readonly kind: 'try'; readonly bootstrap: string }
  /** Help, version, or what was wrong: print it and exit. */
  | { readonly kind: 'exit'; readonly exitCode: number; readonly text: string }

interface ParsedOptions {
  readonly override?: readonly string[]
  readonly printConfig?: boolean
  readonly jsonLog?: boolean
  readonly logLevel: LogLevel
  readonly try?: string
}

const TRY_DEFAULT = 'localhost:9092'

const EXAMPLES = `
Examples:
  pafka-broker
  pafka-broker server.properties
  pafka-broker --override log.dirs=/data --override listeners=PLAINTEXT://:19092
  PAFKA_LOG_DIRS=/data pafka-broker

All keys: docs/configuration.md, or --print-config.
`

/** Reads the command line. @param args without the names of node and the script. */
export function parseCommandLine(args: readonly string[], version: string): CommandLine {
  let printed = ''
  const write = (text: string): void => {
    printed += text
  }
  const command = commandOf(version).configureOutput({ writeOut: write, writeErr: write })
  try {
    command.parse(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { kind: 'exit', exitCode: error.exitCode, text: printed }
  }
  const parsed = command.opts<ParsedOptions>()
  if (parsed.try !== undefined) return { kind: 'try', bootstrap: parsed.try }
  const { override = [], printConfig = false, jsonLog = false, logLevel } = parsed
  const [file] = command.args
  return { kind: 'run', file, overrides: override, printConfig, jsonLog, logLevel }
}

function commandOf(version: string): Command {
  const triedBroker = new Option('--try [host:port]', 'send a record to a broker and read it back')
  const level = new Option('--log-level <level>', 'least important lines to print')
  return new Command('pafka-broker')
    .description('A Kafka-API message broker. Without arguments: port 9092, data in ./pafka-data.')
    .argument('[server.properties]', "configuration in Kafka's format")
    .option('--override <key=value>', 'set one key; may be given again', gather)
    .option('--print-config', 'print the configuration and where it is from, and exit')
    .option('--json-log', 'log one JSON object a line')
    .addOption(triedBroker.preset(TRY_DEFAULT))
    .addOption(level.choices(LOG_LEVELS).default('info'))
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(--help says more)')
    .exitOverride()
}

function gather(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}
