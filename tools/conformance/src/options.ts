import { parseArgs } from 'node:util'

import { clients, scenarioNames, type Client, type ScenarioName } from './clients.ts'

export const usage: string = `usage:
  main.ts [--bootstrap HOST:PORT] [--client NAME]... [--scenario NAME]...
          [--quick] [--json FILE] [--golden FOLDER --listen HOST:PORT] [--install]
  --bootstrap  a running broker; without it ours is started on a free port
  --client     ${clients.map(({ name }) => name).join(', ')}
  --scenario   ${scenarioNames.join(', ')}
  --quick      fewer records
  --json       writes the results to a file
  --golden     records the frames of each client into FOLDER; the broker has to advertise
               the address that --listen names, HOST:PORT
  --install    installs the clients and does nothing else`

export interface Options {
  readonly bootstrap: string | undefined
  readonly clients: readonly Client[]
  readonly scenarios: readonly ScenarioName[]
  readonly quick: boolean
  readonly json: string | undefined
  readonly golden: string | undefined
  readonly listen: string | undefined
  readonly installOnly: boolean
}

/** @throws {Error} whose message is meant for the user. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      bootstrap: { type: 'string' },
      client: { type: 'string', multiple: true, default: [] },
      scenario: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      golden: { type: 'string' },
      listen: { type: 'string' },
      install: { type: 'boolean', default: false },
    },
  })
  const { bootstrap, json, golden, listen, quick } = values
  if ((golden !== undefined) !== (listen !== undefined)) {
    throw new Error('--golden and --listen go together')
  }
  return {
    bootstrap,
    clients: chosen(values.client, clients, ({ name }) => name),
    scenarios: chosen(values.scenario, scenarioNames, (name) => name),
    quick,
    json,
    golden,
    listen,
    installOnly: values.install,
  }
}

function chosen<T>(names: readonly string[], all: readonly T[], nameOf: (of: T) => string): T[] {
  const unknown = names.filter((name) => !all.some((each) => nameOf(each) === name))
  if (unknown.length > 0) {
    throw new Error(`unknown: ${unknown.join(', ')}; known: ${all.map(nameOf).join(', ')}`)
  }
  return all.filter((each) => names.length === 0 || names.includes(nameOf(each)))
}
