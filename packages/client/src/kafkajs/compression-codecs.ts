import { CompressionTypes } from './enums.ts'

type Codec = () => unknown

/**
 * Where programs put codecs. All that Kafka has are here without that, so what is put here is not
 * asked for.
 */
export const CompressionCodecs: {
  [CompressionTypes.GZIP]: Codec
  [CompressionTypes.Snappy]: Codec
  [CompressionTypes.LZ4]: Codec
  [CompressionTypes.ZSTD]: Codec
} = {
  [CompressionTypes.GZIP]: builtIn,
  [CompressionTypes.Snappy]: builtIn,
  [CompressionTypes.LZ4]: builtIn,
  [CompressionTypes.ZSTD]: builtIn,
}

function builtIn(): object {
  return {}
}
