import { randomUuid, isUuid } from '@pafka/protocol'

import type { FileSystem } from '../files/file-system.ts'
import { partitionFolder } from './partition-folder.ts'

/** A partition on its way to another log dir. */
export interface MoveNote {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  /** `directory.id` of the log dir that it leaves. */
  readonly fromId: string
  /** Of the one that it comes to. */
  readonly toId: string
}

/** In the folder of a partition that is being copied: whose it is. */
export const NOTE_NAME = 'move'
const FUTURE = /\.([0-9a-f]{32})-future$/
const LEFT = /^left\.([0-9a-f]{32})$/
const VERSION = 'version: 0'

/** 32 hex digits that tell moves apart. */
export function newMoveId(): string {
  return Buffer.from(randomUuid(), 'base64url').toString('hex')
}

/** `<topic>-<partition>.<32 hex digits>-future`. Source: Kafka `UnifiedLog.logFutureDirName`. */
export function futureFolder(topic: string, partition: number, id: string): string {
  return `${partitionFolder(topic, partition)}.${id}-future`
}

/** Id of the move; undefined for any other name. */
export function parseFutureFolder(name: string): string | undefined {
  return FUTURE.exec(name)?.[1]
}

/**
 * In the log dir that a partition leaves: from when this file is there, the folder of that move in
 * the other one is the partition, and what lies here is not.
 */
export function leftName(id: string): string {
  return `left.${id}`
}

/** Id of the move; undefined for any other name. */
export function parseLeftName(name: string): string | undefined {
  return LEFT.exec(name)?.[1]
}

export function encodeMoveNote({ topic, partition, topicId, fromId, toId }: MoveNote): Buffer {
  const values = [`topic: ${topic}`, `partition: ${partition}`, `topic_id: ${topicId}`]
  return Buffer.from([VERSION, ...values, `from: ${fromId}`, `to: ${toId}`, ''].join('\n'))
}

/** Undefined when it is missing or damaged. */
export function readMoveNote(files: FileSystem, path: string): MoveNote | undefined {
  const bytes = files.readFile(path)
  if (bytes === undefined) return undefined
  const lines = Buffer.from(bytes).toString().split('\n')
  const values = new Map(lines.map((line) => line.split(': ', 2) as [string, string | undefined]))
  const { topic, partition, topic_id: topicId, from, to } = Object.fromEntries(values)
  const isWhole = lines[0] === VERSION && lines.at(-1) === ''
  if (!isWhole || !topic || !from || !to || !isUuid(topicId ?? '')) return undefined
  if (!/^\d{1,10}$/.test(partition ?? '')) return undefined
  return { topic, partition: Number(partition), topicId: topicId ?? '', fromId: from, toId: to }
}
