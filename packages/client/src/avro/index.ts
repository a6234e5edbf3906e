export { avro, type AvroOptions, type AvroSchema } from './avro.ts'
export type { AvroTypeOptions } from './avro-format.ts'
export type { AvroLongs } from './avro-long.ts'
