// turbo with its telemetry off: `node tools/build/turbo.ts run build`. There is no setting for
// it in turbo.json, and `turbo telemetry disable` would be a step on every machine.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

import { takeBuildLock } from './build-lock.ts'

// turbo sets this for its tasks. It takes the root for the only package when it does not find
// the package manager's name, and would then start this script again without an end.
if (process.env['TURBO_HASH'] !== undefined) throw new Error('turbo was started by turbo')

using _lock = await takeBuildLock()
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
const turbo = createRequire(import.meta.url).resolve('turbo/bin/turbo')
const { status } = spawnSync(process.execPath, [turbo, ...process.argv.slice(2)], {
  env,
  stdio: 'inherit',
})
process.exitCode = status ?? 1
