import assert from "node:assert/strict";
import { makeEnvironment } from "../../../lib/agent/exec/environment.ts";
import { FIXED_PATH } from "../../../lib/agent/os/host_tools.ts";

const ACCOUNT = { name: "www-data", uid: 33, gid: 33, home: "/var/www" };

function make(extra: Record<string, string>) {
  return makeEnvironment({ account: ACCOUNT, job: "a1", hostName: "web1", extra });
}

Deno.test({
  name: "makeEnvironment gives the user's own variables and nothing of the agent's",
  fn() {
    assert.deepEqual(make({}), {
      kind: "made",
      environment: {
        PATH: FIXED_PATH,
        LANG: "C.UTF-8",
        HOME: "/var/www",
        LOGNAME: "www-data",
        USER: "www-data",
        NANOEXEC_JOB: "a1",
        NANOEXEC_HOST: "web1",
      },
    });
  },
});

Deno.test({
  name: "makeEnvironment manages without an account",
  fn() {
    const parts = { account: undefined, job: "a1", hostName: "web1", extra: {} };
    const made = makeEnvironment(parts);
    assert.ok(made.kind === "made");
    assert.equal(made.environment.HOME, "/");
    assert.ok(!("USER" in made.environment) && !("LOGNAME" in made.environment));
  },
});

Deno.test({
  name: "makeEnvironment takes a request's own variables",
  fn() {
    const extra = { A: "1", _B2: "two words", LANG: "de_DE.UTF-8", TZ: "UTC", ENVIRONMENT: "x\ny" };
    const made = make(extra);
    assert.ok(made.kind === "made");
    for (const [name, value] of Object.entries(extra)) assert.equal(made.environment[name], value);
  },
});

const REFUSED_NAMES = [
  ...["LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "ld_preload", "BASH_ENV", "ENV"],
  ...["IFS", "PYTHONPATH", "PERL5LIB", "NODE_OPTIONS", "RUBYOPT", "GCONV_PATH", "GIT_SSH_COMMAND"],
  ...["SHELLOPTS", "PS4", "GLIBC_TUNABLES", "BASH_FUNC_ls%%", "PATH", "HOME", "USER", "LOGNAME"],
  ...["NANOEXEC_JOB", "NANOEXEC_HOST", "DENO_DIR"],
  ...["", "A=B", "a", "1A", "A-B", "A B", "A\0", "A\n", "\u{c4}", "A".repeat(65), "__proto__"],
];

for (const name of REFUSED_NAMES) {
  Deno.test({
    name: `makeEnvironment refuses the variable ${JSON.stringify(name)}`,
    fn() {
      // As JSON.parse would, this makes "__proto__" a name like any other.
      const made = make(Object.fromEntries([[name, "x"]]));
      assert.ok(made.kind === "failed");
      assert.equal(made.code, "bad-env");
      assert.match(made.reason, /^[\x20-\x7e]{1,200}$/);
    },
  });
}

const REFUSED_SETS: Record<string, Record<string, string>> = {
  "a NUL in a value": { A: "x\0LD_PRELOAD=y" },
  "10,000 names": Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`A${i}`, ""])),
  "more than 64 KiB": { A: "x".repeat(64 * 1024) },
};

for (const [what, extra] of Object.entries(REFUSED_SETS)) {
  Deno.test({
    name: `makeEnvironment refuses ${what}`,
    fn() {
      const made = make(extra);
      assert.equal(made.kind === "failed" && made.code, "bad-env");
    },
  });
}
