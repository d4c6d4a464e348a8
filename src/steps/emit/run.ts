/** Hands the event to the runtime, which keeps it for waits. */
import type { Static } from '@sinclair/typebox';
import type { Json } from '../../kernel/json.ts';
import type { StepContext, StepResult } from '../define.ts';
import { durationMs } from '../duration.ts';
import type { emitSchema } from './schema.ts';

/** @throws {StepFailure} INVALID_DURATION for a `ttl` that is none. */
export async function runEmit(
  { event, data, scope = 'run', ttl = '7d' }: Static<typeof emitSchema>,
  ctx: StepContext,
): Promise<StepResult> {
  // Fields are JSON: they come from the plan by evaluation.
  const sent = (data ?? null) as Json;
  await ctx.emit({ event, data: sent, scope, ttlMs: durationMs(ttl) });
  return { output: sent };
}
