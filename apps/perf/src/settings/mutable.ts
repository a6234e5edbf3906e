/** What is put together a part at a time. */
export type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }
