/**
 * Every check of commands that may outlive their agent. May import `mutant.ts`.
 * @module
 */

import { changed, type MutatedFile, never, without } from "./mutant.ts";

/** Beginning them, watching over them, and going on with them. */
export const SURVIVE: readonly MutatedFile[] = [
  {
    file: "lib/agent/survive_pairs.ts",
    tests: ["tests/agent/survive_pairs_test.ts"],
    changes: [
      never("that it reads nothing", "stdin !== undefined || input !== undefined"),
      changed("what it reads while it runs", "stdin !== undefined ||", "stdin !== undefined &&"),
      never("that it has no secrets", "secrets !== undefined"),
      never("that nothing undoes it", "undo !== undefined"),
    ],
  },
  {
    file: "lib/agent/survive.ts",
    tests: ["tests/agent/survive_test.ts", "tests/agent/exec_permissions_test.ts"],
    changes: [
      never("that nothing is begun late", "keeper.withdraw()"),
      without(
        "what it cannot have besides",
        "if (objection !== undefined) return objection;",
      ),
      never("that the keeper has a session of its own", "options.host.setsid === undefined"),
      never("that there can be a keeper", "!mayRun(SHELL)"),
      changed("how long it has run", "timeoutMs - sighting.elapsedMs", "timeoutMs"),
      never("that the scripts are written", "unwritten"),
    ],
  },
  {
    file: "lib/agent/keeper_script.ts",
    tests: ["tests/agent/keeper_test.ts"],
    changes: [
      changed("that output is bounded", '[ -z "$old" ] || rm -f "$old"', ":"),
      changed("who begins it", 'mv "$folder/ready" "$folder/running" ||', "true ||"),
      changed("the dead", '[ "$1" != Z ] &&', "true &&"),
    ],
  },
  {
    file: "lib/agent/keeper.ts",
    tests: ["tests/agent/keeper_test.ts", "tests/agent/survive_test.ts"],
    changes: [
      changed("when the host was started", '"$now" != "$boot"', '"$now" = ""'),
      changed(
        "when the keeper was started",
        '[ "$(start_of "$pid")" = "$start" ] && echo keeper',
        'start_of "$pid" >/dev/null && echo keeper',
      ),
      changed(
        "when the command was started",
        '[ "$(start_of "$pid")" = "$start" ] && echo command',
        'start_of "$pid" >/dev/null && echo command',
      ),
    ],
  },
  {
    file: "lib/agent/surviving_command.ts",
    tests: ["tests/agent/survive_test.ts"],
    changes: [
      without(
        "that an end which was begun is finished",
        'if (keeper.stop() === "cancelled") this.#stop.cancel();',
      ),
      changed("whose group it is", "sighting?.command !== false", "true"),
      changed(
        "who has ended it",
        "stop: this.#keeper.stop(), ended: found",
        "stop: undefined, ended: found",
      ),
    ],
  },
  {
    file: "lib/agent/survivors.ts",
    tests: ["tests/agent/survivors_test.ts"],
    changes: [changed("whose note it is", "note?.id === name", "note")],
  },
];
