import { expect, test } from 'vitest'

import { type ExampleOptions, exampleSweep } from '../../test/example-sweep.ts'
import { Latencies } from '../measure/latencies.ts'
import { html } from './markup.ts'
import { reportHtml } from './report-html.ts'

const TAG = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/g
const CLOSED_BY_THEMSELVES = new Set(['meta', 'br'])

/** What a parser would have to guess: tags without their other half, `<` and `&` in texts. */
function faultsOf(page: string): string[] {
  const text = page.replace('<!doctype html>', '')
  const open: string[] = []
  const faults: string[] = []
  for (const [, slash, name = '', , isEmpty] of text.matchAll(TAG)) {
    if (isEmpty === '/' || CLOSED_BY_THEMSELVES.has(name)) continue
    if (slash === '') open.push(name)
    else if (open.pop() !== name) faults.push(`</${name}>`)
  }
  const between = text.replaceAll(TAG, '').replaceAll(/&(lt|gt|amp|quot|#39);/g, '')
  return [...faults, ...open, ...(/.{0,20}[<&].{0,20}/.exec(between) ?? [])]
}

/** What people see of it, in one line. */
function textOf(page: string): string {
  return page.replaceAll(TAG, ' ').replaceAll(/\s+/g, ' ')
}

test.each<[string, ExampleOptions]>([
  ['two contestants, read too', { isRead: true }],
  ['one contestant, one rate, one round', { contestants: 1, rates: [5000], rounds: 1 }],
  ['five contestants, failures, noise', { contestants: 5, failed: 3, noise: 0.5 }],
  ['no rates', { rates: [undefined] }],
  ['two workloads', { workloads: 2 }],
])('a page of %s is whole, and has nothing outside of it', async (_, options) => {
  const page = await reportHtml(exampleSweep(options))
  expect(faultsOf(page)).toEqual([])
  expect(page).not.toMatch(/https?:|\/\/|<script|<link|<img|@import|url\(|\son\w+=|NaN|undefined/)
})

test('a page that is not whole is found out by the test above', () => {
  expect(faultsOf('<p><b>1</p></b>')).toEqual(['</p>', '</b>'])
  expect(faultsOf('<p>1 < 2</p>')).toEqual([expect.stringContaining('1 < 2')])
  expect(faultsOf('<p>a & b')).toEqual(['p', expect.stringContaining('a & b')])
})

test('all facts are there', async () => {
  const result = exampleSweep({ isRead: true })
  const page = textOf(await reportHtml(result))
  const facts = [
    ...[result.title, result.beganAt, ...result.commands, ...result.notes],
    ...[...result.machines, ...result.workloads].flatMap((one) => [one.name, ...one.facts.flat()]),
    ...result.contestants.flatMap(({ name, software, address, durability, facts: own }) => [
      ...[name, software, address, ...durability, ...own.flat()],
    ]),
    ...result.points.map(({ records }) => records.toLocaleString('en')),
    ...['p50, ms', 'p99, ms', 'p99.9, ms', 'until a consumer has the record', 'Highest throughput'],
    ...['5,000 records/s, ms', '100,000 records/s, ms', 'rounds differ by', 'read p99.9 ms'],
    ...['at most 10 %', 'less than 95 % of the offered rate'],
  ]
  expect(facts.filter((fact) => !page.includes(html`${fact}`.text))).toEqual([])
})

test('figures are those of the points', async () => {
  const latencies = new Latencies()
  latencies.record(0.5, 990)
  latencies.record(1.5, 10)
  const { points, ...result } = exampleSweep({ contestants: 1, rates: [100], rounds: 1 })
  const measured = { records: 800, bytes: 2e6, elapsedMs: 10_000, busyShare: 0.95 }
  const page = await reportHtml({
    ...result,
    points: points.map((point) => ({ ...point, ...measured, acked: latencies.encode() })),
  })
  const row = 'broker &lt;1&gt; 100 80 0.2 0.5 0.5 0.5 1.5 1.5 1 0 –'
  expect(textOf(page)).toContain(row)
  expect(page).toMatch(/class="bad">\s*80\s*</) // of 100
  expect(page).toMatch(/class="bad">\s*95\.0 %\s*</) // the generator
  expect(textOf(page)).toContain('how noisy the machine was is not known')
  expect(page).toMatch(/<p class="warn">\s*The load generator was busy/)
})

test('a noisy machine is told of before all else', async () => {
  const page = await reportHtml(exampleSweep({ noise: 0.5 }))
  const [before = '', after] = page.split('Who was measured')
  expect(before).toMatch(/<p class="warn">\s*The machine was noisy/)
  expect(after).toBeDefined()
})

test('where nothing was measured there is no empty plot', async () => {
  const { points, ...result } = exampleSweep()
  const page = await reportHtml({ ...result, points: [], contestants: [], commands: [] })
  expect(points.length).toBeGreaterThan(0)
  expect(textOf(page)).toContain('Nothing was measured.')
  expect(page).not.toContain('class="panel"')
  expect(faultsOf(page)).toEqual([])
})

test('where nothing was acknowledged there are figures, and no curve', async () => {
  const { points, ...result } = exampleSweep({ contestants: 1, rates: [100, undefined] })
  const none = new Latencies().encode()
  const dead = points.map((one) => ({ ...one, records: 0, bytes: 0, acked: none }))
  const page = await reportHtml({ ...result, points: dead })
  expect(textOf(page)).toContain('broker &lt;1&gt; 100 0 0 – – – – – 3 0 0.0 % p50')
  expect(page).not.toContain('against throughput')
  expect(page).toContain('Highest throughput')
  expect(faultsOf(page)).toEqual([])
})

test('points that failed are told of first, and are in no median and no plot', async () => {
  const { points, ...result } = exampleSweep({ contestants: 2, rates: [100, undefined] })
  const why = 'cannot be <reached>.'
  const failed = points.map((one) => {
    if (one.contestant === 'broker <1>') return { ...one, failed: 9 }
    return one.round === 1 && one.offeredPerSecond === 100 ? { ...one, problem: why } : one
  })
  const page = await reportHtml({ ...result, points: failed })
  const text = textOf(page)
  const [before = ''] = text.split('Who was measured')
  expect(before).toContain('7 of 12 points failed, and count for nothing in medians and plots: ')
  expect(before).toContain('100 records/s, round 1: 9 records failed; ')
  expect(before).toContain('; 4 more. ')
  expect(text).toContain('broker &lt;1&gt; 100 – – – – – – – 0 3 –')
  expect(text).toMatch(/broker &lt;2&gt; 100 100 0\.102 [\d. ]+ 2 1 [\d.]+ % p50/)
  expect(text).toContain('no: cannot be &lt;reached&gt;.')
  expect(text).toContain('no: records failed')
  expect(page.match(/class="bad why"/g)).toHaveLength(7)
  expect(text).toMatch(/broker &lt;2&gt; 100 1, failed .* broker &lt;2&gt; 100 2 2,000/)
  expect(faultsOf(page)).toEqual([])
  const all = await reportHtml({ ...result, points: points.map((one) => ({ ...one, failed: 1 })) })
  expect(all).not.toContain('class="panel"')
  expect(faultsOf(all)).toEqual([])
})

test('a contestant that does not say what an ack means is not passed over', async () => {
  const { contestants, ...result } = exampleSweep({ contestants: 1, rates: [100] })
  const silent = contestants.map((contestant) => ({ ...contestant, durability: [] }))
  expect(textOf(await reportHtml({ ...result, contestants: silent }))).toContain(
    'Durability not said',
  )
})
