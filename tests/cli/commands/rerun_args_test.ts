import assert from "node:assert/strict";
import { rerunArgs } from "../../../lib/cli/commands/rerun_args.ts";
import { parseRun, words } from "../args/command_lines.ts";

/** Command lines, and what follows the hosts when they are typed again. */
const ROWS: readonly (readonly [line: string, again: string | undefined])[] = [
  ["run -w web[1-3] -- uptime", "-- uptime"],
  ["run -bLt90 -w web1 -x web2 -l postgres ls -l -w x", "-b -L -t 90 -l postgres -- ls -l -w x"],
  ["run -a --expect web1 --listen tcp://*:1 -- ls", "--listen=tcp://*:1 -- ls"],
  ["run --host web1 --select os=linux -F os=linux -- ls", "-- ls"],
  ["run -w a --limit 50% --limit-seed x --shell ls", "--shell -- ls"],
  ["run -a --script f a b", "--script=f -- a b"],
  ["--host=web1 --command=uptime -q", "-q --shell uptime"],
  ["-h ALL -c uptime -u 5 --key=k", "-u 5 --key=k --shell uptime"],
  ["run -w - --diff -- ls", "--diff -- ls"],
  ["run -w a --stdin f -- cat", "--stdin=f -- cat"],
  ["run -w a --stdin - -- cat", undefined],
  ["run -w a --env PASSWORD=x -- ls", undefined],
  ["-h web1 -c uptime --insecure", undefined],
];

for (const [line, expected] of ROWS) {
  Deno.test(`rerunArgs of ${line}`, () => {
    const again = rerunArgs(words(line));
    assert.deepEqual(again, expected?.split(" "));
    if (!again) return;
    const parsed = parseRun(["run", "-w", "web9", ...again]);
    const before = parseRun(line);
    // The line again has a -- in front of the command.
    const { lateOption: _late, ...said } = before;
    const beforeAgain = { ...said, target: undefined, expect: undefined };
    assert.deepEqual(
      { ...parsed, target: undefined, expect: undefined },
      beforeAgain,
    );
  });
}
