/**
 * The checks of the hub against whoever reaches its port. May import `mutant.ts`.
 * @module
 */

import { changed, type MutatedFile, never, without } from "./mutant.ts";

/** The desk, the roster and what is written down of them. */
export const HUB: readonly MutatedFile[] = [
  {
    file: "lib/hub/strangers.ts",
    tests: ["tests/hub/strangers_test.ts"],
    changes: [
      changed("how many may stay", "overstays ? MAX_STAYING", "overstays ? MAX_STRANGERS"),
      changed("how many there may be", "MAX_STAYING : MAX_STRANGERS", "MAX_STAYING : Infinity"),
      changed("how much they may say", "++known.words > MAX_WORDS", "false"),
    ],
  },
  {
    file: "lib/hub/operator/operator_desk.ts",
    tests: ["tests/hub/operator/flood_test.ts"],
    changes: [
      changed("how much strangers may say", "this.#strangers.says(pipe)", "false"),
      without("that it is a survey", "malformed: (pipe) => void pipe.close(),"),
    ],
  },
  {
    file: "lib/hub/agent_desk.ts",
    tests: ["tests/hub/agent_desk_test.ts"],
    changes: [
      changed("the nonce", "hello.body.nonce !== visitor.nonce || !key", "!key"),
      changed(
        "that strangers give way",
        "this.#strangers.add(pipe, this.#clock.monotonic())",
        "[] as Pipe[]",
      ),
      changed("how much strangers may say", "this.#strangers.says(pipe)", "false"),
      never("that a hello comes first", 'message.kind !== "sealed"'),
      changed(
        "another key",
        'if (enrolment.kind === "wrong-key") return this.#turnAway(session);',
        'if (enrolment.kind === "wrong-key") return;',
      ),
    ],
  },
  {
    file: "lib/hub/roster.ts",
    tests: ["tests/hub/roster_test.ts"],
    changes: [
      changed("the key of who is here", " ?? this.get(session.name)?.key", ""),
      changed("the key", "pinned.keyid !== session.key.keyid", "false"),
    ],
  },
  {
    file: "lib/hub/hub.ts",
    tests: ["tests/hub/hub_test.ts"],
    changes: [
      without("that the keys of those who are asked are kept", "this.roster.keep(order.nodes);"),
    ],
  },
  {
    file: "lib/cli/known_agents.ts",
    tests: ["tests/cli/known_agents_test.ts"],
    changes: [
      changed("who was asked for", "this.#asked.has(name)", "true"),
      never("how many others there are", "this.#unasked.size > MAX_UNASKED"),
      changed("the folder", "if (path !== undefined) makePrivateFolder(dirname(path));", ""),
    ],
  },
];
