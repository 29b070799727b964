/**
 * The checks of `lib/cli`.
 * @module
 */

import { becomes, type CheckGroup, never, removed, rewritten } from "./mutant.ts";
import { call, condition, increment, returned } from "./selector.ts";

/** The operator's side: known keys, and the terminal. */
export const CLI: readonly CheckGroup[] = [
  {
    name: "known-agents",
    tests: ["known_agents"],
    checks: {
      "asked-key": [becomes("that the operator asked for the host", condition, "true")],
      "unasked-keys": [never("how many other keys are remembered")],
      "known-agents-folder": [removed("the folder")],
    },
  },
  {
    name: "disarm",
    tests: ["neutralize"],
    checks: {
      "prefix-forged": [becomes("the program's name", returned, "$2")],
      "rule-forged": [becomes("the rule", returned, "$2")],
      "every-name": [becomes("every name", call(2), "new $1($2)")],
      "rule-border": [
        rewritten("text before a rule", /\(\?<!-\)/, ""),
        rewritten("text after a rule", /\(\?!-\)/, ""),
      ],
      "rule-search": [becomes("text after the first byte", increment, "$1 = -1")],
    },
  },
];
