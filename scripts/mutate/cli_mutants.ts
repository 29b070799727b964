/**
 * The checks of the operator's side: whom it knows, and what hosts may put on its terminal.
 * May import `mutant.ts`.
 * @module
 */

import { changed, type MutatedFile, never } from "./mutant.ts";

/** Keys of agents, and lines that look like ours. */
export const CLI: readonly MutatedFile[] = [
  {
    file: "lib/cli/known_agents.ts",
    tests: ["tests/cli/known_agents_test.ts"],
    changes: [
      changed("who was asked for", "this.#asked.has(name)", "true"),
      never("how many others there are", "this.#unasked.size > MAX_UNASKED"),
      changed("the folder", "if (path !== undefined) makePrivateFolder(dirname(path));", ""),
    ],
  },
  {
    file: "lib/cli/disarm.ts",
    tests: ["tests/cli/disarm_test.ts"],
    changes: [
      changed("the name", "return disarm(line, NAME);", "return line;"),
      changed("the rule", "return disarm(line, ONE_RULE);", "return line;"),
      changed("every name", 'new RegExp(pattern, "g")', "new RegExp(pattern)"),
      changed("what comes before a rule", "`(?<!-)${RULE}(?!-)`", "`${RULE}(?!-)`"),
      changed("what comes after a rule", "`(?<!-)${RULE}(?!-)`", "`(?<!-)${RULE}`"),
      changed("what follows the first byte", "at = line.indexOf(first, at + 1)", "at = -1"),
    ],
  },
];
