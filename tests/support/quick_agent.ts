/**
 * A real agent within the test's process, which dials again sooner than others.
 * @module
 */
import { openAgent, type OpenAgentOptions, type OpenedAgent } from "../../lib/agent/open_agent.ts";
import { TrustStore } from "../../lib/agent/trust_store.ts";
import { tcp } from "../../lib/sp/mod.ts";

/** Where such an agent belongs. */
export interface QuickAgentPlace {
  /** The URL that it dials. */
  readonly url: string;
  /** The key that it obeys, as a line of a trust file. */
  readonly trustLine: string;
  /** Its state folder. */
  readonly state: string;
}

/** Opens one. */
export async function openQuickAgent(
  name: string,
  { url, trustLine, state }: QuickAgentPlace,
): Promise<OpenedAgent> {
  const trust = new TrustStore({ baked: [trustLine], given: [], files: [], revoked: [] });
  await trust.load();
  const options: OpenAgentOptions & { readonly random: () => number } = {
    ...{ name, version: "0", urls: [url], transports: [tcp], trust, insecure: false },
    ...{ facts: {}, state, slots: undefined, onEvent() {} },
    // Nobody has to wait long for agents to come back.
    random: () => 0.05,
  };
  return await openAgent(options);
}
