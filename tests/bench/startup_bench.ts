/**
 * How long the operator's program takes as a whole process, in the portable form that a build makes
 * here, unpacked before: to say its version, and to have `true` run by one host, whose agent looks
 * for a queue every 40 ms (it was started with --insecure; the command is signed all the same).
 *
 *     deno task bench tests/bench/startup_bench.ts
 */

import assert from "node:assert/strict";
import { makeCompiledInstallation } from "../support/programs/compiled_installation.ts";

const ROUNDS = { n: 20, warmup: 3 };

const place = await makeCompiledInstallation();
await place.compile("--portable", `--url=${place.url}`);
const agent = await place.startAgent("--hostname=web1", "--insecure");
globalThis.addEventListener("unload", cleanUp);

/** Nothing can be waited for any more, and the agent may write until it is gone. */
function cleanUp(): void {
  agent.kill();
  for (let tries = 0; tries < 1_000; tries++) {
    try {
      return Deno.removeSync(place.path, { recursive: true });
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("not empty"))) throw error;
    }
  }
}

Deno.bench("an empty program under Deno", { ...ROUNDS, group: "startup" }, async () => {
  const args = ["run", "--no-config", "--no-lock", "data:text/javascript,"];
  await new Deno.Command(Deno.execPath(), { args }).output();
});

Deno.bench("nanotrigger --version", { ...ROUNDS, group: "startup" }, async () => {
  await mustSucceed("--version");
});

Deno.bench("nanotrigger nodeset -c", { ...ROUNDS, group: "startup" }, async () => {
  await mustSucceed("nodeset", "-c", "web[1-1000]");
});

Deno.bench("nanotrigger -h web1 -c true", { ...ROUNDS, group: "startup" }, async () => {
  await mustSucceed("-h", "web1", "-c", "true", ...place.listen);
});

async function mustSucceed(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await place.run("nanotrigger", ...args);
  assert.equal(code, 0, stderr);
}
