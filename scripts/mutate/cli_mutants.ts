/**
 * The checks of the operator's program.
 * @module
 */

import { becomes, type CheckGroup, never, removed, rewritten, withoutOperand } from "./mutant.ts";
import { call, condition, increment, returned } from "./selector.ts";

/** The operator's side: standard input, known keys, and the terminal. */
export const CLI: readonly CheckGroup[] = [
  {
    name: "input-signer",
    tests: ["input_signer"],
    checks: {
      "input-signed-once": [withoutOperand("that each offset is signed once", 2, condition)],
      "input-unchanged": [never("that a file has not changed")],
    },
  },
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
