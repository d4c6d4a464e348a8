/** How a provider's protocol looks on the wire. */
import type { JsonObject } from '../kernel/json.ts';
import type { Asked, Reply } from './script.ts';

export interface Wire {
  asked(body: JsonObject): Asked;
  /** Body of an error. */
  error(status: number, message: string): JsonObject;
  /** Body of an answer that is not streamed. */
  whole(reply: Reply, asked: Asked): JsonObject;
  /** Server-sent events of one that is, ready to be written. */
  events(reply: Reply, asked: Asked, body: JsonObject): string[];
  /** What follows the last event. */
  end: string;
}
