/**
 * What cannot work ends at once with one line that says why, a hint where there is one, status 1,
 * and no stack trace.
 * @module
 */
import {
  COMPILED,
  E2E,
  type Installation,
  openInstallation,
} from "../../support/programs/installation.ts";
import { assertRefused } from "../../support/programs/assert_refused.ts";

type Row = readonly [string, (here: Installation) => readonly string[], RegExp, RegExp?];

const TRIGGER: readonly Row[] = [
  ["an unknown option", () => ["--frobnicate"], /--frobnicate/],
  ["nothing to do", () => [], /nothing to do/, /--help/],
  ["no command", () => ["--host=web1"], /no command/, /--command/],
  ["no host", () => ["--command=uptime"], /no host/, /--host/],
  ["a URL of no transport", () => ["-h", "a", "-c", "b", "--listen", "http://x:1"], /http/],
  [
    "a URL without port",
    () => ["-h", "a", "-c", "b", "--listen", "tcp://127.0.0.1"],
    /tcp:\/\/HOST:PORT/,
  ],
  ["a port that is none", () => ["-h", "a", "-c", "b", "--listen", "tcp://*:99999"], /99999/],
  ["an address of another machine", () => [
    ...["-h", "a", "-c", "b", "--listen", "tcp://192.0.2.1:4444"],
  ], /192\.0\.2\.1/],
  ["a host that is none", () => ["-h", "a b", "-c", "b"], /"a b"/],
  [
    "a key file that is not there",
    () => ["-h", "a", "-c", "b", "--key", "/nowhere/key"],
    /nowhere/,
    /keygen/,
  ],
];

Deno.test("nanotrigger refuses in one line", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  for (const [title, args, error, hint] of TRIGGER) {
    await t.step(title, async () => {
      assertRefused(await here.trigger(...args(here)), error, hint);
    });
  }

  await t.step("an argument that is not UTF-8", async () => {
    const words = here.words("trigger", ["run", "-w", "web1", ...here.listen, "--", "rm"]);
    const env = here.environment();
    const args = ["-c", `exec "$@" "$(printf 'caf\\351')"`, "sh", ...words];
    const { code, stderr } = await new Deno.Command("sh", { args, env, clearEnv: true }).output();
    const said = new TextDecoder().decode(stderr);
    assertRefused({ code, stdout: "", stderr: said }, /an argument is not UTF-8: caf/, /--shell/);
  });

  await t.step("a port that is busy", async () => {
    const port = Number(new URL(here.url.replace("tcp:", "http:")).port);
    using _busy = Deno.listen({ hostname: "127.0.0.1", port });
    const refused = await here.trigger("-h", "web1", "-c", "true", ...here.listen);
    assertRefused(refused, /in use/);
  });

  await t.step("a key that others can read", async () => {
    await Deno.chmod(`${here.home}/.config/nanoexec/operator.key`, 0o644);
    const refused = await here.trigger("-h", "web1", "-c", "true", ...here.listen);
    assertRefused(refused, /operator\.key/, /chmod|0600|600/);
  });
});

const AGENT: readonly Row[] = [
  ["an unknown option", ({ url }) => ["--frobnicate", url], /--frobnicate/],
  ["a URL of no transport", () => ["udp://127.0.0.1:1"], /udp/],
  ["a URL to be listened on", () => ["tcp://*:4444"], /\*/],
  ["an unknown user", ({ url }) => ["--user", "nosuchuser", url], /nosuchuser/],
  ["a user that is a number", ({ url }) => ["--user", "0", url], /"0"|user/],
  [
    "a trust file that is not there",
    ({ url }) => ["--trust", "/nowhere/keys", url],
    /nowhere/,
    /./,
  ],
];

Deno.test("nanoexec refuses in one line", E2E, async (t) => {
  await using here = await openInstallation();

  await t.step({
    name: "no operator key",
    ignore: COMPILED,
    async fn() {
      const refused = await here.exec(
        "--hostname",
        "web1",
        "--state",
        here.stateOf("web1"),
        here.url,
      );
      assertRefused(refused, /no trusted operator key/, /trusted_keys.*deno task compile/);
    },
  });

  await here.trigger("key");
  for (const [title, args, error, hint] of AGENT) {
    await t.step(title, async () => {
      const refused = await here.exec("--state", here.stateOf("web1"), ...args(here));
      assertRefused(refused, error, hint);
    });
  }

  await t.step("a state folder that another agent uses", async () => {
    await using first = await here.agent("web1");
    const args = ["--hostname", "web1", "--state", here.stateOf("web1"), here.url];
    assertRefused(await here.exec(...args), /another agent uses/, /--hostname|--state/);
    first.kill("SIGTERM");
    await first.ended();
    await using _again = await here.agent("web1");
  });

  await t.step("a trust file that others can write", async () => {
    const file = `${here.home}/.config/nanoexec/trusted_keys`;
    await Deno.chmod(file, 0o666);
    const refused = await here.exec("--hostname", "w", "--state", here.stateOf("w"), here.url);
    assertRefused(refused, /trusted_keys/, /./);
    await Deno.chmod(file, 0o600);
  });

  await t.step("a trust file with a line that means nothing", async () => {
    const file = `${here.home}/.config/nanoexec/trusted_keys`;
    await Deno.writeTextFile(file, "nanoexec-ed25519 AAAA bob\n", { append: true });
    const refused = await here.exec("--hostname", "w", "--state", here.stateOf("w"), here.url);
    assertRefused(refused, /trusted_keys: line 2/, /no key is trusted/);
  });
});
