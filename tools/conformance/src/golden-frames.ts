import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Frame {
  readonly direction: 'request' | 'response'
  readonly apiKey: number
  readonly apiVersion: number
  /** Without the 4 bytes of its size; borrowed. */
  readonly frame: Buffer
}

export interface FrameSink {
  take(frame: Frame): void
}

const LARGEST_BYTES = 4096

/**
 * Keeps one frame per API, version and direction: the largest of at most 4 KiB, for it says the
 * most.
 */
export class GoldenFrames implements FrameSink {
  readonly #kept = new Map<string, Frame>()

  take({ direction, apiKey, apiVersion, frame }: Frame): void {
    if (frame.length > LARGEST_BYTES) return
    const place = [apiKey, apiVersion, direction]
      .map((part) => String(part).padStart(3, '0'))
      .join(' ')
    const earlier = this.#kept.get(place)?.frame.length ?? -1
    if (frame.length <= earlier) return
    this.#kept.set(place, { direction, apiKey, apiVersion, frame: Buffer.from(frame) })
  }

  /** One JSON object per frame, in the order of API, version and direction. */
  lines(client: string): string[] {
    return [...this.#kept]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { direction, apiKey, apiVersion, frame }]) =>
        JSON.stringify({ client, direction, apiKey, apiVersion, base64: frame.toString('base64') }),
      )
  }

  write(folder: string, client: string): void {
    mkdirSync(folder, { recursive: true })
    const text = this.lines(client).map((line) => `${line}\n`)
    writeFileSync(join(folder, `${client}.jsonl`), text.join(''))
  }
}
