/**
 * All mutants.
 * @module
 */

import { AGENT } from "./agent_mutants.ts";
import { BASE } from "./base_mutants.ts";
import { BODY } from "./body_mutants.ts";
import { CLI } from "./cli_mutants.ts";
import { ENVELOPE } from "./envelope_mutants.ts";
import { HUB } from "./hub_mutants.ts";
import type { CheckGroup } from "./mutant.ts";
import { SURVIVE } from "./survive_mutants.ts";

/** All of them, group by group. */
export const ALL_MUTANTS: readonly CheckGroup[] = [
  ...BASE,
  ...ENVELOPE,
  ...BODY,
  ...AGENT,
  ...SURVIVE,
  ...HUB,
  ...CLI,
];
