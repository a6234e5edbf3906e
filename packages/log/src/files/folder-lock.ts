import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { errnoOf, StorageError } from '@pafka/base'

import type { FolderLock } from './file-system.ts'
import { ifRoom } from './if-room.ts'
import { unlessMissing } from './unless-missing.ts'

/** Kafka's name. Holds the owner's pid, for people and for where a socket cannot be bound. */
const LOCK_NAME = '.lock'
/** Listens while the owner lives: the kernel closes it with the process, however that dies. */
const SOCKET_NAME = '.lock.socket'
/** What a lock leaves in its folder. */
export const LOCK_FILES: readonly string[] = [LOCK_NAME, SOCKET_NAME]
const TRIES = 250
const TRY_AGAIN_MS = 10
/**
 * Removing a stale socket takes some milliseconds; a guard that is older is stale itself, and
 * sooner when its owner is not seen: in another container it may live all the same.
 */
const GUARD_MS = 10_000
const GUARD_OF_DEAD_MS = 1000

/**
 * Node has no flock. A listening socket in the folder does the same: whoever can connect to it
 * knows that the owner lives, across containers that share the folder and after reused pids; a
 * refused connection is a stale file of a dead process. Where the file system has no sockets
 * (some network and shared folders) a pid that lives decides.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const opened = openFolder(folder)
  try {
    const server = await bindSocket(folder, join(opened.alias, SOCKET_NAME))
    if (server === undefined) checkPid(folder)
    signLock(folder, server !== undefined)
    let released = false
    return {
      async release() {
        if (released) return
        released = true
        await giveBack(opened, server)
      },
    }
  } catch (error) {
    opened.close()
    throw error
  }
}

/** The folder may be gone, and another be there by its name. */
async function giveBack({ alias, close }: OpenedFolder, server?: Server): Promise<void> {
  try {
    unlessMissing(() => writeFileSync(join(alias, LOCK_NAME), ''))
    if (server !== undefined) rmSync(join(alias, SOCKET_NAME), { force: true })
  } finally {
    if (server !== undefined) await closed(server)
    close()
  }
}

interface OpenedFolder {
  /** Leads to it, whatever becomes of its name. */
  readonly alias: string
  readonly close: () => void
}

/**
 * A socket's path holds some 100 bytes; through an open folder it is always short. It stays open
 * as long as the socket: the end of that removes once more what has its path then.
 */
function openFolder(folder: string): OpenedFolder {
  if (process.platform !== 'linux') return { alias: folder, close() {} }
  const fd = openSync(folder, 'r')
  return { alias: `/proc/self/fd/${fd}`, close: () => closeSync(fd) }
}

/** @returns undefined where sockets cannot be made. @throws StorageError for a live owner. */
async function bindSocket(folder: string, path: string): Promise<Server | undefined> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const bound = await listen(path)
    if (bound !== 'in-use') return bound
    if (await answers(path)) throw inUse(folder)
    if (!(await removeStale(path))) await setTimeout(TRY_AGAIN_MS)
  }
  throw inUse(folder)
}

/**
 * Only one at a time may remove a stale socket, and looks again first: another may have put a live
 * one there. @returns false when somebody else is at it.
 */
async function removeStale(path: string): Promise<boolean> {
  const guard = `${path}.takeover`
  try {
    writeGuard(guard)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    const stat = statSync(guard, { throwIfNoEntry: false })
    const limitMs = liveOwnerOf(guard) === undefined ? GUARD_OF_DEAD_MS : GUARD_MS
    // whoever made it died over it
    if (stat !== undefined && Date.now() - stat.mtimeMs > limitMs) rmSync(guard, { force: true })
    return false
  }
  try {
    if (!(await answers(path))) rmSync(path, { force: true })
    return true
  } finally {
    rmSync(guard, { force: true })
  }
}

/** A full disk may leave it empty: then it is taken for that of a dead process a little sooner. */
function writeGuard(path: string): void {
  const fd = openSync(path, 'wx')
  try {
    ifRoom(() => signWith(fd))
  } finally {
    closeSync(fd)
  }
}

function listen(path: string): Promise<Server | 'in-use' | undefined> {
  const { promise, resolve } = Promise.withResolvers<Server | 'in-use' | undefined>()
  const server = createServer((socket) => socket.destroy())
  server.once('error', (error) => {
    resolve(errnoOf(error) === 'EADDRINUSE' ? 'in-use' : undefined)
  })
  server.listen({ path }, () => {
    server.unref()
    resolve(server)
  })
  return promise
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ path })
  socket.once('connect', () => {
    socket.destroy()
    resolve(true)
  })
  // EAGAIN is a full backlog: somebody listens. Refused or gone: nobody does.
  socket.once('error', (error) => resolve(errnoOf(error) === 'EAGAIN'))
  return promise
}

function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  return promise
}

/** Where a socket decides it is for people: a full disk must not keep a broker from starting. */
function signLock(folder: string, hasSocket: boolean): void {
  const sign = (): void => signWith(join(folder, LOCK_NAME))
  if (hasSocket) ifRoom(sign)
  else sign()
}

function signWith(file: string | number): void {
  writeFileSync(file, `${process.pid} ${startOf(process.pid)}\n`)
}

function checkPid(folder: string): void {
  const owner = liveOwnerOf(join(folder, LOCK_NAME))
  if (owner !== undefined && owner !== process.pid) throw inUse(folder)
}

/** Of a file that holds a pid and its start: the pid, if that process lives here. */
function liveOwnerOf(path: string): number | undefined {
  const text = unlessMissing(() => readFileSync(path, 'utf8')) ?? ''
  const [pid = '', start = ''] = text.trim().split(' ')
  if (pid === '' || !isAlive(Number(pid)) || startOf(Number(pid)) !== start) return undefined
  return Number(pid)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}

/** Ticks from boot to the start of a process; tells a pid that was reused. Empty if unknown. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function inUse(folder: string): StorageError {
  let owner = ''
  try {
    owner = readFileSync(join(folder, LOCK_NAME), 'utf8').split(' ')[0] ?? ''
  } catch {
    // the message does without
  }
  const who = owner === '' ? 'another broker' : `another broker (process ${owner})`
  return new StorageError(`data folder ${folder} is in use by ${who}`)
}
