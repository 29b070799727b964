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
    file: "lib/hub/fitting_answers.ts",
    tests: ["tests/hub/fitting_answers_test.ts"],
    changes: [
      changed(
        "that a command was run",
        '"it says only that it would run the command"',
        "undefined",
      ),
      changed("that it was not", '"it was asked what it would do, and says it did"', "undefined"),
      changed("what is undone", '"it says that it has undone what nobody can undo"', "undefined"),
      changed("what waits", "isUndoable(asked) ? state : undefined", "state"),
      changed("that only runs are undone", 'mode === "run" && undo', "undo"),
      changed("what was asked", 'if (message.kind !== "sealed") return sink;', "return sink;"),
    ],
  },
  {
    file: "lib/hub/job.ts",
    tests: ["tests/hub/job_test.ts", "tests/hub/job_held_test.ts"],
    changes: [
      changed(
        "who is late",
        "host.meet(session);\n    this.#callSoon(host);",
        "host.meet(session);",
      ),
      changed("that only some are called", "!host.isUnanswered || ", ""),
      changed(
        "that one timer calls all",
        " || this.#uncalled.push(host) > 1) return;",
        ") return;\n    this.#uncalled.push(host);",
      ),
      changed(
        "whose turn it is",
        "host.release();\n      this.#callSoon(host);",
        "host.release();",
      ),
      without("when it is too late", "hosts.forEach((host) => host.expire());"),
      without("when it has run too long", "hosts.forEach((host) => host.giveUp());"),
    ],
  },
];
