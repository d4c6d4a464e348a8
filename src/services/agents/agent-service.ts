/** What steps may ask of agents: Markdown files whose front matter says who they are and whose body says what they are told. */
import type { JsonObject } from '../../kernel/json.ts';

export interface AgentFile {
  name: string;
  /** As shown to people. */
  label: string;
  /** As written, unchecked; empty when there is none. */
  frontMatter: JsonObject;
  /** The text below the front matter; it may hold expressions. */
  body: string;
}

export interface AgentService {
  /**
   * Beside the workflow in `agents/`, else in `.keystone/agents/` of the project.
   * @throws {StepFailure} UNKNOWN_AGENT with the nearest name, AGENT_INVALID.
   */
  find(name: string): Promise<AgentFile>;
}
