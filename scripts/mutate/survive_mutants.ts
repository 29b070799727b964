/**
 * Every check of commands that may outlive their agent.
 * @module
 */

import { becomes, type CheckGroup, never, removed, rewritten } from "./mutant.ts";
import { argument, condition, valueOf } from "./selector.ts";

/** How these commands start, are supervised and are taken over. */
export const SURVIVE: readonly CheckGroup[] = [
  {
    name: "survive-pairs",
    tests: ["gate_detach_conflicts"],
    checks: {
      "survive-input": [
        never("that it reads nothing"),
        becomes("what it reads while it runs", condition, "$1 && $2"),
      ],
      "survive-secrets": [never("that it has no secrets")],
      "survive-undo": [never("that no rollback is armed")],
    },
  },
  {
    name: "survive",
    tests: ["detach", "run_command_permissions"],
    checks: {
      "supervisor-late": [never("that nothing starts late")],
      "survive-conflict": [removed("what it cannot have besides")],
      "supervisor-session": [never("that the supervisor has a session of its own")],
      "supervisor-shell": [never("that there can be a supervisor")],
      "supervisor-time": [becomes("how long it has run", argument(2), "$1")],
      "supervisor-scripts": [never("that the scripts are written")],
    },
  },
  {
    name: "keeper-script",
    tests: ["supervisor"],
    checks: {
      "output-bounded": [rewritten("that output is bounded", /\[ -z .+ \|\| rm -f .+/, ":")],
      "supervisor-decides": [rewritten("the decision to start", /mv .+ \|\|/, "true ||")],
      "dead-process": [rewritten("dead processes", /\[ .+ != Z \] &&/, "true &&")],
    },
  },
  {
    name: "keeper",
    tests: ["supervisor", "detach"],
    checks: {
      "process-identity": [
        rewritten("when the host was started", /("\$now") != "\$boot"/, '$1 = ""'),
        rewritten(
          "when the supervisor was started",
          /\[ "\$\((.+)\)" = "\$start" \] && echo keeper/,
          "$1 >/dev/null && echo keeper",
        ),
        rewritten(
          "when the command was started",
          /\[ "\$\((.+)\)" = "\$start" \] && echo command/,
          "$1 >/dev/null && echo command",
        ),
      ],
    },
  },
  {
    name: "surviving-command",
    tests: ["detach"],
    checks: {
      "cancel-finished": [removed("that a cancellation is finished")],
      "group-alive": [becomes("that the process group is its own", condition, "true")],
      "end-cause": [becomes("the cause of its end", valueOf("stop"), "undefined")],
    },
  },
  {
    name: "survivors",
    tests: ["detached_store"],
    checks: {
      "note-id": [becomes("that the note is of this command", condition, "$1.1")],
    },
  },
];
