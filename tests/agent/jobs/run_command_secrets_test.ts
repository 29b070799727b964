import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AGENT_PERMISSIONS, reportOf, runToEnd } from "../../support/agent/run_command.ts";

const permissions = AGENT_PERMISSIONS;
const secrets = { PW: "hunter2", OTHER: "hunter2-and-more" };

Deno.test({
  name: "run gives a command its secrets by environment, and takes them out of its output",
  permissions,
  async fn() {
    const command = 'echo "pw=$PW"; printf hun >&2; sleep 0.05; printf "ter2$OTHER" >&2';
    const { end, stdout, stderr } = await runToEnd({ kind: "shell", command, secrets });
    assert.deepEqual([stdout, stderr], ["pw=***\n", "***"]);
    const { stdout: out } = reportOf(end);
    const sha256 = createHash("sha256").update(stdout).digest("hex");
    assert.deepEqual(out, { bytes: 7, kept: 7, sha256, complete: true });
  },
});

Deno.test({
  name: "run shows no secret on any command line",
  permissions,
  async fn() {
    const command = 'echo ${#PW}; cat /proc/$$/cmdline | tr "\\0" " "; env | grep -c hun""ter2';
    const { stdout } = await runToEnd({ kind: "shell", command, secrets });
    assert.match(stdout, /^7\n\/bin\/sh -c .*2\n$/s);
    assert.doesNotMatch(stdout, /\*\*\*/);
  },
});

Deno.test({
  name: "run masks before it cuts: no half of a secret is left at the cut",
  permissions,
  async fn() {
    const command = 'for i in 1 2 3 4 5 6 7 8 9; do printf "$PW."; done';
    const { stdout } = await runToEnd({ kind: "shell", command, secrets, maxOutput: 10 });
    assert.equal(stdout, "***.***.*.");
  },
});

Deno.test({
  name: "run refuses secrets by names that would make a program run other code",
  permissions,
  async fn() {
    for (const name of ["LD_PRELOAD", "BASH_ENV", "PATH", "NANOEXEC_JOB"]) {
      const { end } = await runToEnd({
        kind: "shell",
        command: "true",
        secrets: { [name]: "xxxx" },
      });
      assert.ok(end.kind === "failed" && end.code === "bad-env");
      assert.doesNotMatch(end.reason, /xxxx/);
    }
  },
});
