export { avro, type AvroOptions, type AvroSchema } from './avro.ts'
export type { AvroTypeOptions } from './avro-format.ts'
