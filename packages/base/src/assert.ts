import { InvariantViolation } from './errors.ts'

/** Checks what must hold. @param reason a constant: a built string would cost on the hot path. */
export function assert(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new InvariantViolation(reason)
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unexpected value ${String(value)}`)
}
