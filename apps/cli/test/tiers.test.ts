import { once } from 'node:events'
import { createServer, type Server } from 'node:http'

import { afterEach, expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'

const METRICS = `# HELP pafka_tier_used_bytes Bytes of records on a path of a tier.
# TYPE pafka_tier_used_bytes gauge
pafka_tier_used_bytes{path="/nvme"} 750000000
pafka_tier_used_bytes{path="/a \\"b\\""} 3000000000
pafka_tier_capacity_bytes{path="/nvme"} 1000000000
pafka_tier_capacity_bytes{path="/a \\"b\\""} 12000000000
pafka_tier_pressure 0.75
pafka_migrated_bytes_total{tiers="nvme to hdd"} 3000000000
pafka_migration_failures_total 1
pafka_migrations_under_way 2
pafka_migration_excess_bytes 350000000
pafka_migration_seconds_total{state="idle"} 12.4
pafka_migration_seconds_total{state="heldBack"} 1.5
`

let server: Server | undefined

/** @returns `host:port` of a broker that answers so */
async function serve(text: string, status = 200): Promise<string> {
  server = createServer((_, response) => {
    response.writeHead(status)
    response.end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `127.0.0.1:${address.port}`
}

async function run(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  let [out, errors] = ['', '']
  const code = await runCommandLine(['tiers', ...args], {
    write: async (text) => void (out += text),
    writeError: (text) => void (errors += text),
    signal: new AbortController().signal,
  })
  return { code, out, errors }
}

afterEach(() => {
  server?.close()
  server = undefined
})

test('tiers prints what lies where and what is moved', async () => {
  const { code, out } = await run(await serve(METRICS))
  expect(code).toBe(0)
  expect(out).toBe(`path          used          of
/nvme       750 MB      1.0 GB  ###############..... 75.0 %
/a "b"      3.0 GB     12.0 GB  #####............... 25.0 %

moved nvme to hdd: 3.0 GB
under way: 2, to be moved: 350 MB, failed tries: 1
producers: slowed, pressure 0.75
migrator: idle 12 s, heldBack 2 s
`)
})

test('tiers tells of each tier as a whole', async () => {
  const whole = [
    'pafka_tiers_used_bytes{tier="nvme"} 750000000',
    'pafka_tiers_used_bytes{tier="hdd"} 3000000000',
    'pafka_tiers_free_bytes{tier="nvme"} 250000000',
    'pafka_tiers_free_bytes{tier="hdd"} 9000000000',
    'pafka_tiers_excess_bytes{tier="nvme"} 350000000',
    'pafka_tiers_excess_bytes{tier="hdd"} 0',
    'pafka_tiers_state{tier="nvme"} 1',
    'pafka_tiers_state{tier="hdd"} 0',
    'pafka_tiers_pressure{tier="nvme"} 0.75',
    'pafka_tiers_pressure{tier="hdd"} 0',
  ]
  const address = await serve(`${METRICS}${whole.join('\n')}\n`)
  const { out } = await run(address)
  expect(out.split('\n').slice(4, 8)).toEqual([
    'tier                used        free    to leave    pressure  state',
    'nvme              750 MB      250 MB      350 MB        0.75  draining',
    'hdd               3.0 GB      9.0 GB         0 B        0.00  at rest',
    '',
  ])
  const { out: json } = await run(address, '--json')
  expect(JSON.parse(json)).toMatchObject({ tiers: [{ tier: 'nvme', state: 'draining' }, {}] })
})

test('tiers tells how long tiers and paths were in which state', async () => {
  const times = [
    'pafka_tiers_used_bytes{tier="nvme"} 750000000',
    'pafka_tiers_state{tier="nvme"} 5',
    'pafka_tiers_seconds_total{tier="nvme",state="rest"} 100.4',
    'pafka_tiers_seconds_total{tier="nvme",state="draining"} 20',
    'pafka_tiers_seconds_total{tier="nvme",state="filling"} 0',
    'pafka_tiers_seconds_total{tier="nvme",state="waiting"} 3',
    'pafka_log_dir_state{path="/nvme"} 2',
    'pafka_log_dir_state{path="/a \\"b\\""} 0',
    'pafka_log_dir_seconds_total{path="/nvme",state="taking"} 80',
    'pafka_log_dir_seconds_total{path="/nvme",state="slowing"} 30',
    'pafka_log_dir_seconds_total{path="/nvme",state="holding"} 13.4',
    'pafka_log_dir_seconds_total{path="/nvme",state="refusing"} 0',
    'pafka_log_dir_seconds_total{path="/a \\"b\\"",state="taking"} 123',
  ]
  const address = await serve(`${METRICS}${times.join('\n')}\n`)
  const { out } = await run(address)
  expect(out).toContain('75.0 %  holds producers\n')
  expect(out).toMatch(/^nvme .* offline$/m)
  expect(out.split('\n').slice(-4)).toEqual([
    'migrator: idle 12 s, heldBack 2 s',
    'time of nvme: at rest 100 s, draining 20 s, above its threshold in vain 3 s',
    'time at /nvme: producers slowed 30 s, held 13 s',
    '',
  ])
  const { out: json } = await run(address, '--json')
  expect(JSON.parse(json)).toMatchObject({
    tiers: [
      { tier: 'nvme', state: 'offline', seconds: [{ state: 'rest', seconds: 100.4 }, {}, {}, {}] },
    ],
    paths: [{ path: '/nvme', state: 'holding' }, { state: 'taking' }],
  })
})

test('tiers tells of persistent memory without tiers', async () => {
  const memory = [
    'pafka_memory_used_bytes{path="/pmem"} 750000000',
    'pafka_memory_free_bytes{path="/pmem"} 250000000',
    'pafka_log_dir_state{path="/pmem"} 1',
    'pafka_log_dir_pressure{path="/pmem"} 0.6',
    'pafka_log_dir_seconds_total{path="/pmem",state="slowing"} 7',
    'pafka_storage_pressure 0.6',
  ]
  const { out } = await run(await serve(`${memory.join('\n')}\n`))
  expect(out).toBe(`path         used          of
/pmem      750 MB      1.0 GB  ###############..... 75.0 %  slows producers

producers: slowed, pressure 0.60
time at /pmem: producers slowed 7 s
`)
})

test('tiers tells of a tier that takes no more', async () => {
  const full = [
    'pafka_storage_pressure 0.58',
    'pafka_tiers_used_bytes{tier="nvme"} 750000000',
    'pafka_tiers_state{tier="nvme"} 3',
  ]
  const { out } = await run(await serve(`${METRICS}${full.join('\n')}\n`))
  expect(out).toContain('  full: takes no more\n')
  expect(out).toContain('\nproducers: refused by nvme: no tier has room for what it has\n')
})

test('producers are slowed for other reasons than the fast tier, too', async () => {
  const metrics = METRICS.replace('pafka_tier_pressure 0.75', 'pafka_storage_pressure 0.58')
  const { out } = await run(await serve(metrics))
  expect(out).toContain('\nproducers: slowed, pressure 0.58\n')
})

test('tiers --follow goes on when a look fails', async () => {
  const address = await serve(METRICS)
  let [looks, errors] = [0, '']
  server?.removeAllListeners('request')
  server?.on('request', (_, response) => {
    looks += 1
    response.writeHead(looks === 2 ? 503 : 200)
    response.end(METRICS)
  })
  const args = ['tiers', address, '--follow', '--json', '--interval', '0.01']
  let tables = 0
  await runCommandLine(args, {
    write: async () => {
      tables += 1
      if (tables === 2) throw new Error('enough')
    },
    writeError: (text) => void (errors += text),
    signal: new AbortController().signal,
  }).catch(() => undefined)
  expect([looks, tables]).toEqual([3, 2])
  expect(errors).toContain(`${address} answers 503: is it metrics.listener?\n`)
})

test('tiers tells of a path that is lost', async () => {
  const online = 'pafka_tier_online{path="/nvme"} 1\npafka_tier_online{path="/a \\"b\\""} 0\n'
  const address = await serve(METRICS + online)
  const { out } = await run(address)
  expect(out.split('\n').slice(1, 3)).toEqual([
    '/nvme       750 MB      1.0 GB  ###############..... 75.0 %',
    '/a "b"      3.0 GB     12.0 GB  #####............... 25.0 %  offline',
  ])
  const { out: json } = await run(address, '--json')
  expect(JSON.parse(json)).toMatchObject({ paths: [{ isOnline: true }, { isOnline: false }] })
})

test('tiers --json is one object', async () => {
  const { out } = await run(await serve(METRICS), '--json')
  expect(JSON.parse(out)).toMatchObject({
    paths: [
      { path: '/nvme', usedBytes: 750_000_000, capacityBytes: 1_000_000_000 },
      { path: '/a "b"', usedBytes: 3_000_000_000 },
    ],
    moved: [{ tiers: 'nvme to hdd', bytes: 3_000_000_000 }],
    pressure: 0.75,
  })
})

test.each([
  ['pafka_connections 3\n', 200, 'has no tiers: its log.channel.type is neither tiered nor pmem'],
  ['', 404, 'answers 404: is it metrics.listener?'],
])('tiers of %j with status %i ends with 1', async (text, status, expected) => {
  const { code, errors } = await run(await serve(text, status))
  expect([code, errors]).toEqual([1, expect.stringContaining(expected)])
})

test.each([
  [['localhost'], 1, 'localhost: should be host:port'],
  [['127.0.0.1:1'], 1, '127.0.0.1:1 does not answer: '],
  [['127.0.0.1:1', '--interval', '0'], 2, '--interval 0: should be seconds'],
  [[], 2, "missing required argument 'host:port'"],
])('tiers %j is refused', async (args, expectedCode, expected) => {
  const { code, errors } = await run(...args)
  expect([code, errors]).toEqual([expectedCode, expect.stringContaining(expected)])
})
