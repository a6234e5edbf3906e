import { PafkaError } from '@pafka/base'
import type * as Canvas from '@napi-rs/canvas'

/** What an image needs, and no page: whoever wants images installs it beside this package. */
const NAME = '@napi-rs/canvas'

/** What is used of it. */
export interface CanvasPackage extends Pick<
  typeof Canvas,
  'createCanvas' | 'loadImage' | 'Path2D'
> {
  readonly GlobalFonts: { readonly families: readonly unknown[] }
}

export type LoadPackage = () => Promise<CanvasPackage>

/** @throws {PafkaError} that says what to install: the package, or a font */
export async function loadCanvas(
  load: LoadPackage = () => import('@napi-rs/canvas'),
): Promise<CanvasPackage> {
  const canvas = await load().catch((cause: unknown) => {
    const how = `npm install ${NAME}, or take the report as HTML`
    throw noImage(`an image needs ${NAME}, which does not load here: ${how}`, cause)
  })
  if (canvas.GlobalFonts.families.length > 0) return canvas
  const how =
    'install one (on Debian: apt-get install fonts-dejavu-core), or take the report as HTML'
  throw noImage(`an image needs a font, and this machine has none: ${how}`)
}

function noImage(message: string, cause?: unknown): PafkaError {
  return new PafkaError('NO_IMAGE', message, { cause })
}
