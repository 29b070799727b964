/**
 * One command on one host, on all, on some: what comes out, and with which exit status.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";

Deno.test("a command runs on one host, on ALL and on a set of hosts", E2E, async (t) => {
  await using here = await openInstallation();
  const listen = here.listen;

  await t.step("the first use makes a key, which agents of the same user trust", async () => {
    const { code, stdout, stderr } = await here.trigger("key");
    assert.equal(code, 0);
    assert.match(stdout, /^nanoexec-ed25519 [A-Za-z0-9+/]{43}= ann@\S+\n$/);
    assert.match(stderr, /^nanotrigger: created operator key .*operator\.key; .*trust it\n$/);
    const again = await here.trigger("key");
    assert.deepEqual([again.stdout, again.stderr], [stdout, ""]);
    const trusted = await Deno.readTextFile(`${here.home}/.config/nanoexec/trusted_keys`);
    assert.equal(trusted, stdout);
  });

  await using _web1 = await here.agent("web1");
  await using _web2 = await here.agent("web2");
  await using _web10 = await here.agent("web10");
  const whoami = "echo $NANOEXEC_HOST";

  await t.step("one host, and not those whose names begin alike", async () => {
    const { code, stdout, stderr } = await here.trigger(
      "--host=web1",
      `--command=${whoami}`,
      ...listen,
    );
    assert.deepEqual([code, stdout, stderr], [0, "web1: web1\n", ""]);
  });

  await t.step(
    "an agent and its commands leave no core files, which would hold secrets",
    async () => {
      const limits = "ulimit -H -c; sed -n 's/^Max core file size *//p' /proc/$PPID/limits";
      const { code, stdout } = await here.trigger("-h", "web1", "-c", limits, ...listen);
      assert.equal(code, 0);
      assert.match(stdout, /^web1: 0\nweb1: 0 +0 +bytes *\n$/);
    },
  );

  await t.step("all of them", async () => {
    const { code, stdout } = await here.trigger("-h", "ALL", "-c", whoami, ...listen);
    assert.deepEqual([code, sorted(stdout)], [
      0,
      ["web10: web10", "web1: web1", "web2: web2"].sort(),
    ]);
  });

  await t.step("a node set, with argv and no shell", async () => {
    const args = [
      "run",
      "-w",
      "web[1-2,10]",
      "-x",
      "web2",
      ...listen,
      "--",
      "echo",
      "$HOME",
      "a  b",
      "*",
    ];
    const { code, stdout } = await here.trigger(...args);
    assert.deepEqual([code, sorted(stdout)], [
      0,
      ["web10: $HOME a  b *", "web1: $HOME a  b *"].sort(),
    ]);
  });

  await t.step("equal answers folded with -b", async () => {
    const command = "[ $NANOEXEC_HOST = web2 ] && echo odd || echo same";
    const args = ["run", "-a", "-b", "--expect", "web[1-2,10]", ...listen, "--shell", command];
    const { code, stdout } = await here.trigger(...args);
    const line = "-".repeat(15);
    const group = (names: string, text: string) => `${line}\n${names}\n${line}\n${text}\n`;
    assert.equal(stdout, group("web[1,10] (2)", "same") + group("web2", "odd"));
    assert.equal(code, 0);
  });

  await t.step("-j is one JSON document and nothing else on stdout", async () => {
    const command = "echo out; echo err >&2; printf '\\377' >&2; [ $NANOEXEC_HOST = web1 ]";
    const args = ["run", "-w", "web[1-2]", "-j", ...listen, "--shell", command];
    const { code, stdout } = await here.trigger(...args);
    const { results, summary } = JSON.parse(stdout);
    assert.equal(code, 2);
    const base64 = btoa("err\n\xff");
    assert.deepEqual(
      results.map(({ durationMs: _, auditHead: _head, ...rest }: JsonResult) => rest)
        .sort((a: JsonResult, b: JsonResult) => a.host < b.host ? -1 : 1),
      [0, 1].map((index) => ({
        host: `web${index + 1}`,
        state: "exited",
        code: index,
        droppedBytes: 0,
        stdout: "out\n",
        stderrBase64: base64,
      })),
    );
    assert.deepEqual({ ...summary, job: "" }, {
      ...{ total: 2, ok: 1, failed: 1, refused: 0, lost: 0, skipped: 0, job: "", exitStatus: 2 },
    });
  });
});

interface JsonResult {
  readonly host: string;
  readonly durationMs: number;
  readonly auditHead: string;
}

function sorted(text: string): string[] {
  return text.trimEnd().split("\n").sort();
}
