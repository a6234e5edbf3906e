import { existsSync } from 'node:fs'
import { cpus, platform, release, totalmem } from 'node:os'

import { ConfigError, GIB, MIB } from '@pafka/base'
import { bitsHint, type CommandContext, parseBytes } from '@pafka/command'
import { nodeFileSystem } from '@pafka/log'
import { Command } from 'commander'

import { checkPaths, type World } from '../check/check-paths.ts'
import { isRefused } from '../check/check-report.ts'
import { checkTable } from '../check/check-table.ts'
import { lookAt } from '../check/path-facts.ts'
import { systemFiles } from '../check/system-files.ts'

interface CheckCommandOptions {
  readonly seconds: string
  readonly size: string
  readonly all?: boolean
  readonly json?: boolean
}

const MOST_PATHS = 64
const MOST_SECONDS = 60
const LEAST_SIZE_BYTES = MIB
const MOST_SIZE_BYTES = 1024 * GIB
/** `log.dir` of a broker that nobody configured. */
const DATA_FOLDER = 'pafka-data'

const EXAMPLES = `
Examples:
  pafka check /nvme /hdd                 what these folders are good for, and what to change
  pafka check --all .                    what is good, too
  pafka check --json /nvme | jq .paths[0].measured

Without a path, ${DATA_FOLDER} is measured if it is there, else the current folder. Writes a file of
its own to each, which no interrupt leaves there. Changes nothing. Measure while nothing else uses
the disk.
Exits with 1 when a path cannot be used, and with 0 whatever it advises.
`

/** `pafka check`: what this machine is good for, before a broker is given its folders. */
export function checkCommand(context: CommandContext): Command {
  return new Command('check')
    .description(
      'Measure folders as a broker uses them; say what of the machine to change, and how.',
    )
    .argument('[path...]', 'folders that are to be log dirs or tiers')
    .option('--seconds <seconds>', 'for each of three measurements of a path', '2')
    .option(
      '--size <bytes>',
      'of the file, at most; never more than a quarter of what is free',
      '1GiB',
    )
    .option('--all', 'print what is good, too')
    .option('--json', 'all that was found, as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((paths: string[], options: CheckCommandOptions) => printCheck(paths, options, context))
}

async function printCheck(
  paths: readonly string[],
  options: CheckCommandOptions,
  { write, writeError, exit }: CommandContext,
): Promise<void> {
  const limits = limitsOf(paths, options)
  const isJson = options.json === true
  const report = await checkPaths(
    {
      ...limits,
      paths: paths.length === 0 ? [existsSync(DATA_FOLDER) ? DATA_FOLDER : '.'] : paths,
      onPath: (path) => {
        if (!isJson)
          writeError(`measuring ${path}, up to ${Number((3 * limits.seconds).toFixed(2))} s\n`)
      },
    },
    thisWorld(),
  )
  await write(isJson ? `${JSON.stringify(report)}\n` : checkTable(report, options.all === true))
  const refused = report.paths.filter(isRefused)
  for (const { path, error } of refused) writeError(`${path} ${error}\n`)
  if (refused.length > 0) exit(1)
}

/** @throws {ConfigError} with all that is wrong */
function limitsOf(
  paths: readonly string[],
  { seconds, size }: CheckCommandOptions,
): { readonly seconds: number; readonly sizeBytes: number } {
  const problems: string[] = []
  const limitS = /^\d+(\.\d+)?$/.test(seconds) ? Number(seconds) : Number.NaN
  const sizeBytes = parseBytes(size) ?? Number.NaN
  if (!(limitS > 0 && limitS <= MOST_SECONDS)) {
    problems.push(`--seconds ${seconds}: should be more than 0, up to ${MOST_SECONDS}`)
  }
  if (!(sizeBytes >= LEAST_SIZE_BYTES && sizeBytes <= MOST_SIZE_BYTES)) {
    problems.push(
      `--size ${size}: should be bytes, as 256MiB, from 1MiB up to 1024GiB${bitsHint(size)}`,
    )
  }
  if (paths.length > MOST_PATHS)
    problems.push(`${paths.length} paths: up to ${MOST_PATHS} are checked`)
  if (paths.includes('')) problems.push('a path is empty')
  if (problems.length > 0) throw new ConfigError(problems)
  return { seconds: limitS, sizeBytes }
}

function thisWorld(): World {
  return {
    files: nodeFileSystem,
    system: systemFiles,
    host: {
      platform: platform(),
      release: release(),
      nodeVersion: process.versions.node,
      cpus: cpus().length,
      memoryBytes: totalmem(),
    },
    lookAt,
  }
}
