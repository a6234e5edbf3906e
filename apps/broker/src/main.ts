#!/usr/bin/env node
import { nodeComplaint } from '@pafka/base'

/**
 * Threads for files. libuv's four are few where a disk hangs: each call to it holds one, and
 * producers need two. It looks at this when it needs the first one.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '16'

// all else is imported afterwards: an older Node may not so much as load it
const complaint = nodeComplaint(process.versions.node)
if (complaint === undefined) {
  const { runCommand } = await import('./run-command.ts')
  await runCommand()
} else {
  process.stderr.write(`${complaint}\n`)
  process.exitCode = 1
}
