import { formatBytes } from '@pafka/base'

import { type CheckedPath, type CheckReport, isRefused } from './check-report.ts'
import type { Finding } from './finding.ts'

const WIDTH = 100
const GAP = '  '
/** Columns from this one on are figures. */
const FIRST_FIGURE = 3
const FIGURES = 4

const HEADS = [
  ['', '', '', 'write', 'read', 'ack p50', 'p99', '', ''],
  ['path', 'file system', 'device', 'MB/s', 'MB/s', 'ms', 'ms', 'DAX', 'good for'],
] as const

const FINDING_HEAD = ['what', 'about', 'is', 'should be']
const MOST_WIDTHS = [24, 18, 32]

const HOW = {
  direct: 'reads come from the page cache, though direct I/O was asked for',
  memory: 'in memory: no disk was measured',
  buffered: 'buffered writes and syncs, as direct I/O is refused; reads come from the page cache',
} as const

/** For people, in 100 columns. @param isAll also what is good, and what is not known */
export function checkTable(report: CheckReport, isAll: boolean): string {
  const paths = report.paths.filter((path): path is CheckedPath => !isRefused(path))
  return [
    ...machineLines(report),
    '',
    ...pathLines(paths),
    ...findingLines(report, isAll),
    '',
  ].join('\n')
}

function machineLines({ machine }: CheckReport): readonly string[] {
  const { platform, release, nodeVersion, cpuLimit, memoryLimitBytes, clockSource } = machine
  const cpus = cpuLimit === undefined ? '' : ` (a quota of ${cpuLimit})`
  const memory = formatBytes(memoryLimitBytes ?? machine.memoryBytes)
  const clock = clockSource === undefined ? [] : [`clock ${clockSource}`]
  const parts = [`${machine.cpus} CPUs${cpus}`, `${memory} of memory`, ...clock]
  return [`${platform} ${release}, Node ${nodeVersion}, ${parts.join(', ')}`]
}

function pathLines(paths: readonly CheckedPath[]): readonly string[] {
  if (paths.length === 0) return []
  const rows = paths.map(rowOf)
  const rest = [...HEADS, ...rows].map((row) => row.slice(1))
  const widths = rest[0]?.map((_, at) => Math.max(...rest.map((row) => row[at]?.length ?? 0))) ?? []
  const restWidth = widths.reduce((sum, width) => sum + GAP.length + width, 0)
  const longest = Math.max(...rows.map(([path = '']) => path.length), 'path'.length)
  const pathWidth = Math.min(longest, Math.max('path'.length, WIDTH - restWidth))
  const lines = [...HEADS, ...rows].flatMap((row) => {
    const [path = '', ...cells] = row
    const text = cells.map((cell, at) => {
      const isFigure = at + 1 >= FIRST_FIGURE && at + 1 < FIRST_FIGURE + FIGURES
      return isFigure ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
    })
    const isLong = path.length > pathWidth
    const line = [(isLong ? '' : path).padEnd(pathWidth), ...text].join(GAP).trimEnd()
    return isLong ? [path, line] : [line]
  })
  return [...lines, ...paths.flatMap(notesOf), '']
}

function rowOf({
  path,
  fileSystem,
  disks,
  measured,
  tier,
  isInMemory,
  mapped,
  source,
}: CheckedPath): readonly string[] {
  const { write, read, durableWrites } = measured
  const disk = disks.map(({ name }) => name).join('+')
  return [
    path,
    fileSystem ?? 'unknown',
    shortened(isInMemory ? 'memory' : disk || source || 'unknown'),
    megabytes(write.bytesPerSecond),
    megabytes(read.bytesPerSecond),
    milliseconds(durableWrites.p50Ms),
    milliseconds(durableWrites.p99Ms),
    mapped?.isDax === true ? 'yes' : 'no',
    tier ?? 'tests',
  ]
}

/** How it was measured, where that is not past the page cache. */
function notesOf({ path, measured }: CheckedPath): readonly string[] {
  if (!measured.isReadFromCache) return []
  return wrapped(`${path}: ${HOW[measured.io]}`, '')
}

function findingLines({ findings, paths }: CheckReport, isAll: boolean): readonly string[] {
  const shown = isAll ? findings : findings.filter(isAmiss)
  const unknown = findings.filter(({ state }) => state === 'unknown').map(({ topic }) => topic)
  const hint =
    unknown.length === 0 ? [] : wrapped(`not known here: ${[...new Set(unknown)].join(', ')}`, '')
  const nothing = paths.some(isRefused) ? 'Nothing else' : 'Nothing'
  if (shown.length === 0) return [...hint, `${nothing} needs to be changed.`]
  const rows = shown.map((one) => [one.path ?? 'machine', one.topic, one.is, one.shouldBe ?? ''])
  const widths = widthsOf([FINDING_HEAD, ...rows])
  const lines = shown.flatMap((one, at) => [
    ...findingRow(rows[at] ?? [], widths),
    ...(one.why === undefined ? [] : wrapped(`  ${danger(one)}${one.why}`, '  ')),
    ...(one.fix === undefined ? [] : [`  > ${one.fix}`]),
  ])
  const end = isAll || hint.length === 0 ? [] : ['', ...hint]
  return [...findingRow(FINDING_HEAD, widths), ...lines, ...end]
}

/** What is wider than that is not held to its column. */
function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  return MOST_WIDTHS.map((most, at) => {
    return Math.min(most, Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  })
}

/** A path that is too long has a line of its own. */
function findingRow(row: readonly string[], widths: readonly number[]): readonly string[] {
  const [path = '', ...cells] = row
  const isLong = path.length > (widths[0] ?? 0)
  const padded = [isLong ? '' : path, ...cells].map((cell, at) => cell.padEnd(widths[at] ?? 0))
  const lines = wrapped(padded.join(GAP).trimEnd(), '  ')
  return isLong ? [path, ...lines] : lines
}

function danger({ state }: Finding): string {
  return state === 'danger' ? 'danger: ' : ''
}

function isAmiss({ state }: Finding): boolean {
  return state === 'advice' || state === 'danger'
}

/** Breaks at spaces, but for what has none. Columns stay as they are in a line that fits. */
function wrapped(text: string, indent: string): readonly string[] {
  if (text.length <= WIDTH) return [text]
  const at = text.lastIndexOf(' ', WIDTH)
  if (at <= indent.length) return [text]
  return [text.slice(0, at).trimEnd(), ...wrapped(`${indent}${text.slice(at + 1)}`, indent)]
}

function shortened(text: string): string {
  return text.length <= 16 ? text : `${text.slice(0, 15)}~`
}

function megabytes(bytesPerSecond: number): string {
  const mega = bytesPerSecond / 1e6
  return mega >= 100 ? mega.toFixed(0) : mega.toFixed(1)
}

function milliseconds(ms: number): string {
  if (ms < 0.01) return ms.toPrecision(2) // stores to memory
  return ms < 1 ? ms.toFixed(3) : ms < 10 ? ms.toFixed(2) : ms.toFixed(1)
}
