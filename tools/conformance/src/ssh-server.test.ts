import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type BrokerUnderTest, startBroker } from './broker-under-test.ts'
import { NotInstallable } from './install/toolbox.ts'
import { type SshServer, startSshServer } from './ssh-server.ts'

const LIMIT_MS = 5 * 60_000
const inCi = process.env['CI'] === 'true'
const MAIN = join(import.meta.dirname, '../../../apps/perf/src/main.ts')
const PERF = ['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning', MAIN]

interface Said {
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

async function benchOn(bootstrap: string, args: readonly string[]): Promise<Said> {
  const remote = [process.execPath, ...PERF].join(' ')
  const where = ['--bootstrap-server', bootstrap, '--remote-command', remote]
  const child = spawn(process.execPath, [...PERF, 'bench', ...where, ...args])
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { exitCode, out, err }
}

describe('pafka-perf bench over a real sshd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pafka-ssh-'))
  let server: SshServer | undefined
  let broker: BrokerUnderTest
  let missing = ''

  beforeAll(async () => {
    broker = await startBroker()
    try {
      server = await startSshServer(folder, inCi)
    } catch (error) {
      if (inCi || !(error instanceof NotInstallable)) throw error
      missing = error.message
    }
  }, LIMIT_MS)

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  test('clients of hosts that ssh reaches send and read, together with those of this one', async ({
    skip,
  }) => {
    skip(missing !== '', missing)
    // two names of one machine are two hosts
    const hosts = ['--hosts', 'local 127.0.0.1 127.0.0.2', '--threads', '2', '--wait-for-all']
    const all = [...hosts, '--ssh', server?.ssh ?? '', '--num-records', '6000', '--json']
    const sent = await benchOn(broker.bootstrap, [...all, '--throughput', '3000'])
    expect(sent, server?.output).toMatchObject({ exitCode: 0, err: '' })
    const read = await benchOn(broker.bootstrap, [...all, '--type', 'consumer'])
    expect(read, server?.output).toMatchObject({ exitCode: 0, err: '' })
    for (const { out } of [sent, read]) {
      const lines = out.trimEnd().split('\n')
      const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
      const of = (what: string): unknown[] => said.filter((one) => one['what'] === what)
      expect(of('host')).toMatchObject([
        { host: 'local', clients: 2, records: 2000 },
        { host: '127.0.0.1', clients: 2, records: 2000 },
        { host: '127.0.0.2', clients: 2, records: 2000 },
      ])
      expect(of('total')).toMatchObject([{ records: 6000, failed: 0 }])
    }
  })

  test('who is not let in is told so', async ({ skip }) => {
    skip(missing !== '', missing)
    const ssh = (server?.ssh ?? '').replace(join(folder, 'key'), join(folder, 'host'))
    const { exitCode, err } = await benchOn(broker.bootstrap, [
      '--hosts',
      '127.0.0.1',
      '--ssh',
      ssh,
    ])
    expect(exitCode).toBe(1)
    expect(err).toContain('Permission denied (publickey)')
    expect(err).toContain('127.0.0.1: it ended: exit code 255')
  })
})
