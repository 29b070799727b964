import assert from "node:assert/strict";
import { disableCoreDumps } from "../../../lib/agent/os/rlimits.ts";

Deno.test({
  name: "forbidCoreFiles bounds a process and what it starts from then on",
  permissions: { run: ["/usr/bin/prlimit", "/bin/prlimit", "/bin/sh"] },
  async fn() {
    const process = new Deno.Command("/bin/sh", {
      args: ["-c", "read -r _; sh -c 'ulimit -S -c; ulimit -H -c'"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    await disableCoreDumps(process.pid);
    await new Blob(["now\n"]).stream().pipeTo(process.stdin);
    assert.equal(await new Response(process.stdout).text(), "0\n0\n");
    assert.equal((await process.status).code, 0);
  },
});

Deno.test({
  name: "forbidCoreFiles leaves things as they are where it may not run prlimit",
  async fn() {
    await disableCoreDumps();
  },
});
