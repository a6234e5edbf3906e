export { protobuf } from './protobuf.ts'
export type { ProtobufType, ProtoMessage } from './protobuf-format.ts'
export type { ProtoText } from './proto-file.ts'
