// One client, one workload: a process of its own, which prints what came of it as a line of JSON.
import { contestants } from './contestants/index.ts'
import type { Course } from './contestant.ts'
import { type Load, workloads } from './workloads.ts'

const [name, workload, what = '{}'] = process.argv.slice(2)
const contestant = contestants.find((one) => one.name === name)
const run = workloads[workload ?? '']
if (contestant === undefined || run === undefined) throw new Error(`no ${name} or no ${workload}`)
const { course, load } = JSON.parse(what) as { readonly course: Course; readonly load: Load }

const before = process.cpuUsage()
const outcome = await run(contestant, course, load)
const { user, system } = process.cpuUsage(before)
const residentMb = Math.round(process.resourceUsage().maxRSS / 1024)
const cpuSeconds = (user + system) / 1e6
process.stdout.write(`${JSON.stringify({ ...outcome, residentMb, cpuSeconds })}\n`)
process.exit(0)
