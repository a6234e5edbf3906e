export {}
export { FrameDecoder, type FrameDecoderOptions, type FrameMemory } from './frame/frame-decoder.ts'
