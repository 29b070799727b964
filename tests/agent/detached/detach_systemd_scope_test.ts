import assert from "node:assert/strict";
import {
  detectSystemd,
  scopeWords,
  type SystemdSupport,
} from "../../../lib/agent/detached/detach.ts";

const ROOT: SystemdSupport = {
  uid: 0,
  systemd: true,
  ofUser: false,
  systemdRun: "/usr/bin/systemd-run",
};

const SCOPE = ["--scope", "--quiet", "--collect", "--unit=nanoexec-a1", "--"];

Deno.test("scopeWords puts a command into a scope of its own where that can be", () => {
  assert.deepEqual(scopeWords(ROOT, "nanoexec-a1"), ["/usr/bin/systemd-run", ...SCOPE]);
  const user = { ...ROOT, uid: 1000, ofUser: true };
  assert.deepEqual(scopeWords(user, "nanoexec-a1"), [
    ...["/usr/bin/env", "XDG_RUNTIME_DIR=/run/user/1000"],
    ...["/usr/bin/systemd-run", "--user", ...SCOPE],
  ]);
  const without: readonly Partial<SystemdSupport>[] = [
    { systemd: false },
    { systemdRun: undefined },
    { uid: null },
    { uid: 1000 },
  ];
  for (const lack of without) {
    assert.deepEqual(scopeWords({ ...ROOT, ...lack }, "x"), [], JSON.stringify(lack));
  }
});

Deno.test("detectScopeHost believes only a systemd-run that does it", {
  permissions: { read: true, write: true, run: true },
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_scope_" });
  const [good, bad] = [`${folder}/good`, `${folder}/bad`];
  const pass = `#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n`;
  await Deno.writeTextFile(good, pass);
  await Deno.writeTextFile(bad, "#!/bin/sh\nexit 1\n");
  await Promise.all([good, bad].map((path) => Deno.chmod(path, 0o755)));
  const found = async (paths: readonly string[], booted = folder) =>
    (await detectSystemd(0, { folder: booted, paths })).systemdRun;
  assert.equal(await found([bad, good]), good);
  assert.equal(await found([bad]), undefined);
  assert.equal(await found([`${folder}/none`]), undefined);
  assert.equal(await found([good], `${folder}/not-booted`), undefined);
  await Deno.remove(folder, { recursive: true });
});
