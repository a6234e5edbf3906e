import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { installDebian } from './install/debian.ts'
import { command, isThere, NotInstallable } from './install/toolbox.ts'

const SSHD = '/usr/sbin/sshd'
/** Where sshd shuts itself in; the package leaves it to what starts services. */
const EMPTY_FOLDER = '/run/sshd'
const TRIES = 100
const TRY_MS = 100

/** sshd on two addresses of loopback, which lets whoever has its key in as who started it. */
export interface SshServer extends AsyncDisposable {
  /** `ssh` with the options for it. */
  readonly ssh: string
  /** What it printed. */
  readonly output: string
}

/** @param folder for its keys. @throws NotInstallable */
export async function startSshServer(folder: string, mayInstall: boolean): Promise<SshServer> {
  if (mayInstall) await installDebian(['openssh-server', 'openssh-client'])
  if (!(await isThere(SSHD, '-V'))) throw new NotInstallable('there is no sshd')
  if (process.getuid?.() === 0) mkdirSync(EMPTY_FOLDER, { recursive: true })
  const [hostKey, key] = [join(folder, 'host'), join(folder, 'key')]
  for (const path of [hostKey, key]) {
    // oxlint-disable-next-line no-await-in-loop -- two of them
    await command('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path])
  }
  const port = await freePort()
  const config = join(folder, 'sshd_config')
  const lines = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', 'ListenAddress 127.0.0.2'],
    ...[`HostKey ${hostKey}`, 'PidFile none'],
    ...[`AuthorizedKeysFile ${key}.pub`, 'PasswordAuthentication no', 'StrictModes no'],
    'KbdInteractiveAuthentication no',
  ]
  writeFileSync(config, lines.join('\n'))
  const child = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const known = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR'
  await untilItListens(port)
  return {
    ssh: `ssh -F none -p ${port} -i ${key} ${known}`,
    get output() {
      return output
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

async function untilItListens(port: number): Promise<void> {
  for (let tried = 0; tried < TRIES; tried++) {
    const socket = connect(port, '127.0.0.1')
    // oxlint-disable-next-line no-await-in-loop -- until it is there
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    // oxlint-disable-next-line no-await-in-loop -- as above
    await sleep(TRY_MS)
  }
  throw new Error('sshd does not listen')
}
