#!/usr/bin/env node
import { nodeComplaint } from '@pafka/base'

// all else is imported afterwards: an older Node may not so much as load it
const complaint = nodeComplaint(process.versions.node)
if (complaint === undefined) {
  const { runProcess } = await import('@pafka/command')
  const { runCommandLine } = await import('./command-line.ts')
  await runProcess(runCommandLine)
} else {
  process.stderr.write(`${complaint}\n`)
  process.exitCode = 1
}
