import type { HandledRecord, Tracing } from './tracing.ts'

/** What a consumer knows of itself. */
export interface HandlerParts {
  readonly groupId: string
  readonly options: { readonly clientId: string; readonly tracing: Tracing | undefined }
}

/** As `handler`, traced where the client is. */
export function tracedHandler<R extends HandledRecord, Rest extends readonly unknown[] = []>(
  handler: (record: R, ...rest: Rest) => unknown,
  { groupId, options: { clientId, tracing } }: HandlerParts,
): (record: R, ...rest: Rest) => unknown {
  if (tracing === undefined) return handler
  return (record, ...rest) => {
    return tracing.handles({ record, groupId, clientId }, () => handler(record, ...rest))
  }
}
