import assert from "node:assert/strict";
import { join } from "node:path";
import { build } from "../../../scripts/executable/build.ts";
import { printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { hostTarget } from "../../../scripts/executable/platforms.ts";

const KEY = printPublicKey({ key: generateSecretKey("ann").publicKey, comment: "ann" });

/** The build packs and unpacks a whole Deno, so all tests here share one. */
Deno.test("portable executables made by the build", {
  permissions: { read: true, write: true, env: true, run: true, net: ["127.0.0.1"], sys: ["uid"] },
}, async (t) => {
  await using folder = await makeFolder();
  const out = join(folder.path, "dist");
  const agent = join(out, "nanoexec");
  const cache = join(folder.path, "cache");
  const start = (args: readonly string[], cwd = folder.path, env: Record<string, string> = {}) => {
    const PATH = Deno.env.get("PATH") ?? "";
    const all = { PATH, HOME: folder.path, NANOEXEC_CACHE: cache, ...env };
    return new Deno.Command(agent, {
      args: [...args],
      cwd,
      clearEnv: true,
      env: all,
      stdout: "piped",
      stderr: "piped",
    });
  };
  const run = async (...command: Parameters<typeof start>) => {
    const { code, stdout, stderr } = await start(...command).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };

  await t.step("have been run before the build says that they are made", async () => {
    const lines: string[] = [];
    const entry = new URL("../../support/programs/stand_in_program.ts", import.meta.url).pathname;
    await build({
      entries: { exec: entry, trigger: entry },
      out,
      form: "portable",
      keys: [KEY],
      url: "tcp://master:4444",
      targets: [hostTarget],
      homes: [folder.path],
      sockets: [],
      report: (line) => lines.push(line),
    });
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", /nanoexec: portable, \d+\.\d MB$/);
    assert.match(lines[1] ?? "", /nanotrigger: portable, \d+\.\d MB$/);
  });

  await t.step("start well three times at once, with arguments untouched", async () => {
    const args = ["a  b", "*", "", "two\nlines"];
    const starts = [1, 2, 3].map(() => run(["arguments", ...args]));
    for (const outcome of await Promise.all(starts)) {
      assert.deepEqual(outcome, { code: 0, stdout: `${JSON.stringify(args)}\n`, stderr: "" });
    }
  });

  await t.step("hold the built-ins and the packages that the program uses", async () => {
    const { stdout, stderr } = await run(["built-ins and packages"]);
    assert.equal(stderr, "");
    assert.deepEqual(JSON.parse(stdout), [42, "function", { success: true, value: true }, ["a"]]);
  });

  await t.step("hold the data of the build, and only agents the keys and the queue", async () => {
    const { permissions, ...rest } = JSON.parse((await run(["baked"])).stdout);
    assert.deepEqual(rest, { keys: [KEY], url: "tcp://master:4444" });
    assert.ok(permissions.includes("--no-prompt") && permissions.includes("--allow-run"));
    const trigger = new Deno.Command(join(out, "nanotrigger"), {
      args: ["baked"],
      env: { NANOEXEC_CACHE: cache },
    });
    const said = new TextDecoder().decode((await trigger.output()).stdout);
    assert.deepEqual(JSON.parse(said).keys, []);
    assert.ok(!said.includes("master"));
  });

  await t.step("have the permissions of the agent and no others", async () => {
    const module = join(folder.path, "module.js");
    await Deno.writeTextFile(module, "export default 1;");
    const { stdout, stderr } = await run(["forbidden", "read", "env", "run", "import", module]);
    assert.equal(stderr, "");
    const [read, env, run_, imported] = JSON.parse(stdout);
    assert.deepEqual([read, env, run_], ["NotCapable", "NotCapable", "allowed"]);
    assert.notEqual(imported, "allowed");
  });

  await t.step("look at nothing in the folder where they are started", async () => {
    const hostile = join(folder.path, "hostile");
    await Deno.mkdir(join(hostile, "node_modules"), { recursive: true });
    for (
      const name of ["deno.json", "deno.lock", "package.json", ".npmrc", "bunfig.toml", ".env"]
    ) {
      await Deno.writeFile(join(hostile, name), Uint8Array.of(0x7b, 0xff, 0x0a));
    }
    await Deno.writeTextFile(join(hostile, "evil.cjs"), "console.log('evil')");
    const env = { NODE_OPTIONS: "--require ./evil.cjs", DENO_V8_FLAGS: "--no-such-flag" };
    const outcome = await run(["arguments"], hostile, env);
    assert.deepEqual(outcome, { code: 0, stdout: "[]\n", stderr: "" });
  });

  await t.step("end as the program ends", async () => {
    assert.equal((await run(["fail"])).code, 7);
    await using child = start(["wait"]).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGTERM");
    await reader.cancel();
    await child.stderr.cancel();
    assert.equal((await child.status).signal, "SIGTERM");
  });

  await t.step({
    name: "run as the user of --user, from files of root's",
    ignore: Deno.uid() !== 0,
    async fn() {
      const { stdout, stderr } = await run(["--user", "nobody", "identity"], "/");
      assert.equal(stderr, "");
      assert.deepEqual(JSON.parse(stdout), [65_534, 65_534, [65_534]]);
    },
  });
});

async function makeFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "nanoexec_e2e_" }));
  await Deno.chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
