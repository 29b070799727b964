/**
 * `--insecure` on both sides: unsigned commands between our own programs.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../support/installation.ts";
import { configOf } from "../support/trust_files.ts";

Deno.test(
  "unsigned commands run between agents and triggers that were both told --insecure",
  E2E,
  async (t) => {
    await using here = await openInstallation();
    const { listen } = here;
    await using agent = await here.agent("web1", "--insecure");

    await t.step("the agent needs no key, and warns", async () => {
      await agent.says("stderr", /^nanoexec: warning: unsigned commands are run, .*--insecure/m);
    });

    await t.step("one host", async () => {
      const args = ["--insecure", "-h", "web1", "-c", "echo $NANOEXEC_HOST; exit 3", ...listen];
      const { code, stdout, stderr } = await here.trigger(...args);
      assert.deepEqual([code, stdout], [2, "web1: web1\n"]);
      assert.match(
        stderr,
        /^nanotrigger: warning: .* unsigned, .*\nnanotrigger: web1: exited with exit code 3\n$/,
      );
    });

    await t.step("no key is made or asked for", async () => {
      await assert.rejects(Deno.stat(configOf(here, "operator.key")), Deno.errors.NotFound);
    });

    await t.step("a host that is not there was not reached", async () => {
      const args = ["--insecure", "-h", "web", "-c", "echo no", "-t", "1", ...listen];
      const { code, stdout, stderr } = await here.trigger(...args);
      assert.deepEqual([code, stdout], [4, ""]);
      assert.match(stderr, /error: web has not attached: the command was not sent\n/);
    });

    await t.step("a host whose name begins with ALL is refused", async () => {
      const { code, stderr } = await here.trigger(
        ...["--insecure", "-h", "ALLISON", "-c", "x"],
        ...listen,
      );
      assert.equal(code, 1);
      assert.match(stderr, /error: "ALLISON" begins with ALL: every agent .*\n.*hint: /);
    });

    await here.trigger("key");
    await using _signedOnly = await here.agent("web2");

    await t.step("ALL reaches those that allow it, and no others", async () => {
      const args = ["--insecure", "-h", "ALL", "-c", "echo $NANOEXEC_HOST", ...listen];
      const { code, stdout } = await here.trigger(...args);
      assert.deepEqual([code, stdout], [0, "web1: web1\n"]);
    });

    await t.step("an agent that wants signatures is not asked", async () => {
      const args = ["--insecure", "-h", "web2", "-c", "echo no", ...listen];
      const { code, stdout, stderr } = await here.trigger(...args);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /error: web2 runs signed commands only\n.*hint: leave --insecure out\n/);
    });

    await t.step("an agent with keys runs signed commands as well", async () => {
      await using both = await here.agent("web3", "--insecure");
      await both.says("stderr", /unsigned commands are run/);
      const signed = await here.trigger("-h", "web3", "-c", "echo signed", ...listen);
      assert.deepEqual([signed.code, signed.stdout], [0, "web3: signed\n"]);
      const unsigned = await here.trigger("--insecure", "-h", "web3", "-c", "echo not", ...listen);
      assert.deepEqual([unsigned.code, unsigned.stdout], [0, "web3: not\n"]);
    });
  },
);
