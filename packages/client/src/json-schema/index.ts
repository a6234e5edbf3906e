export { jsonSchema } from './json-schema.ts'
export type { JsonSchemaOptions, SchemaValidators } from './json-schema-format.ts'
