/**
 * `--insecure` on both sides: unsigned commands between our own programs.
 * @module
 */
import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { dial, Sub, tcp } from "../../../lib/sp/mod.ts";
import { openHubInstallation } from "../../support/programs/hub_installation.ts";
import { E2E, openInstallation } from "../../support/programs/installation.ts";
import { configOf } from "../../support/programs/trust_files.ts";

Deno.test(
  "unsigned commands run between agents and triggers that were both told --insecure",
  E2E,
  async (t) => {
    await using here = await openInstallation();
    const { listen } = here;
    await using agent = await here.agent("web1", "--insecure");

    await t.step("the agent needs no key, and warns", async () => {
      await agent.says("stderr", /^nanoexec: warning: --insecure: unsigned commands run/m);
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
      assert.match(stderr, /error: command not sent: web is not attached\n/);
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
      assert.match(stderr, /error: web2 runs signed commands only\n.*hint: omit --insecure\n/);
    });

    await t.step("an agent with keys runs signed commands as well", async () => {
      await using both = await here.agent("web3", "--insecure");
      await both.says("stderr", /unsigned commands run/);
      const signed = await here.trigger("-h", "web3", "-c", "echo signed", ...listen);
      assert.deepEqual([signed.code, signed.stdout], [0, "web3: signed\n"]);
      const unsigned = await here.trigger("--insecure", "-h", "web3", "-c", "echo not", ...listen);
      assert.deepEqual([unsigned.code, unsigned.stdout], [0, "web3: not\n"]);
    });
  },
);

Deno.test("a hub that was started with --insecure passes unsigned commands on", E2E, async (t) => {
  await using place = await openHubInstallation("--insecure");
  const { here, options } = place;
  await using _willing = await here.agent("web1", "--insecure");
  await using _signedOnly = await here.agent("web2");
  const fire = (host: string, line: string) =>
    here.trigger("--insecure", "-h", host, "-c", line, "-y", ...options);
  for (const host of ["web1", "web2"]) await place.ask("ping", "-w", host, "-t", "20");

  await t.step("to an agent that says how it went, and the job can be looked up", async () => {
    const { code, stdout } = await fire("web1", "echo $NANOEXEC_HOST; exit 3");
    assert.deepEqual([code, stdout], [2, "web1: web1\n"]);
    assert.match((await place.ask("jobs")).stdout, / unsigned +1 failed +echo/);
  });

  await t.step("not to one that wants signatures, or is not there", async () => {
    const signedOnly = await fire("web2", "echo no");
    assert.equal(signedOnly.code, 1);
    assert.match(signedOnly.stderr, /error: web2 runs signed commands only\n.*hint: omit /);
    const absent = await fire("web3", "echo no");
    assert.equal(absent.code, 4);
    assert.match(absent.stderr, /error: command not sent: web3 is not attached\n/);
  });

  const sub = new Sub();
  ["ALL", "old1"].forEach((prefix) => sub.subscribe(encodeUtf8(prefix)));
  await using _first = dial(here.url, { patterns: [sub], transports: [tcp] });
  const messages = sub[Symbol.asyncIterator]();

  await t.step("to agents of the first program, who do not answer", async () => {
    // It says nothing when it has attached: whoever fires sees whether it has.
    let fired = await fire("old1", "uptime");
    while (/has not attached/.test(fired.stderr)) fired = await fire("old1", "uptime");
    assert.equal(fired.code, 4);
    assert.match(fired.stderr, /sent to 1 agent of the first program\n/);
    assert.equal(decodeUtf8((await messages.next()).value), "old1:uptime\0");
  });

  await t.step("to all of them", async () => {
    const { code, stdout, stderr } = await fire("ALL", "echo $NANOEXEC_HOST");
    assert.deepEqual([code, stdout], [0, "web1: web1\n"]);
    assert.match(stderr, /also sent to 1 agent of the first program\n/);
    assert.equal(decodeUtf8((await messages.next()).value), "ALL:echo $NANOEXEC_HOST\0");
  });
});

Deno.test("a hub that was not started so passes no unsigned command on", E2E, async () => {
  await using place = await openHubInstallation();
  await using _agent = await place.here.agent("web1", "--insecure");
  await place.ask("ping", "-w", "web1", "-t", "20");
  for (const host of ["web1", "ALL"]) {
    const args = ["--insecure", "-h", host, "-c", "echo no", ...place.options];
    const { code, stdout, stderr } = await place.here.trigger(...args);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /error: this hub accepts signed commands only\n.*hint: omit --insecure/,
    );
  }
});
