/** JSON values: the only data that crosses actor, process and store borders. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}
