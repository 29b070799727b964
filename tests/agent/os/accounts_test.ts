import assert from "node:assert/strict";
import {
  findAccount,
  findAccountById,
  findGroups,
  isUserName,
} from "../../../lib/agent/os/accounts.ts";

const MAY_ASK: Deno.PermissionOptions = {
  run: ["/usr/bin/getent", "/bin/getent", "/usr/bin/id", "/bin/id"],
};

const NO_USERS = [
  ...["-1", "#0", "4294967295", "0", "33", "1.5", "NaN ", "root\n", "root\0", " root", "root "],
  ...["", "Root", "../root", "root:x", "-u", "r\u{f6}\u{f6}t", "a".repeat(33), "nx-no-such-user"],
];

for (const name of NO_USERS) {
  Deno.test({
    name: `findAccount knows no user ${JSON.stringify(name)}`,
    permissions: MAY_ASK,
    async fn() {
      assert.deepEqual(await findAccount(name), { kind: "unknown" });
    },
  });
}

Deno.test({
  name: "isUserName accepts names only",
  fn() {
    for (const name of ["root", "www-data", "_apt", "a1_b-c"]) assert.ok(isUserName(name), name);
    for (const name of ["0", "-1", "A", "", "a b", "a.b"]) assert.ok(!isUserName(name), name);
  },
});

Deno.test({
  name: "findAccount and findAccountById find root",
  permissions: MAY_ASK,
  async fn() {
    const lookup = await findAccount("root");
    assert.ok(lookup.kind === "found");
    const { name, uid, gid, home } = lookup.account;
    assert.deepEqual({ name, uid, gid }, { name: "root", uid: 0, gid: 0 });
    assert.ok(home.startsWith("/"));
    assert.deepEqual(await findAccountById(0), lookup);
  },
});

Deno.test({
  name: "findAccount says that it cannot ask, rather than that there is no such user",
  async fn() {
    const lookup = await findAccount("root");
    assert.deepEqual(lookup, { kind: "unable", reason: "cannot run getent" });
  },
});

Deno.test({
  name: "findGroups finds a user's groups, and none of an unknown user",
  permissions: MAY_ASK,
  async fn() {
    assert.ok((await findGroups("root")).has(0));
    assert.equal((await findGroups("nx-no-such-user")).size, 0);
  },
});
