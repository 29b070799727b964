import assert from "node:assert/strict";
import { checkCredentials } from "../../../lib/agent/os/drop_privileges.ts";

const ACCOUNT = { name: "alice", uid: 1000, gid: 100, home: "/home/alice" };
const GROUPS: ReadonlySet<number> = new Set([100, 4, 27]);

/** Returns `/proc/PID/status` of a process of Alice only, with some lines replaced. */
function status(lines: Record<string, string> = {}): string {
  const all = {
    Name: "nanoexec",
    Uid: "1000\t1000\t1000\t1000",
    Gid: "100\t100\t100\t100",
    Groups: "4 27 100 ",
    CapInh: "0000000000000000",
    CapPrm: "0000000000000000",
    CapEff: "0000000000000000",
    CapBnd: "000001ffffffffff",
    CapAmb: "0000000000000000",
    ...lines,
  };
  return Object.entries(all).map(([name, value]) => `${name}:\t${value}\n`).join("");
}

Deno.test({
  name: "objectToCredentials finds nothing in a process that is the user's alone",
  fn() {
    assert.equal(checkCredentials(status(), ACCOUNT, GROUPS), undefined);
    // The primary group need not be among the supplementary ones.
    assert.equal(checkCredentials(status({ Groups: "4 27 " }), ACCOUNT, GROUPS), undefined);
  },
});

const LEFTOVERS: Record<string, [Record<string, string>, RegExp]> = {
  "root's real uid": [{ Uid: "0\t1000\t1000\t1000" }, /user ids are 0, 1000/],
  "root's saved uid": [{ Uid: "1000\t1000\t0\t1000" }, /user ids/],
  "another uid": [{ Uid: "7\t7\t7\t7" }, /user ids/],
  "root's gid": [{ Gid: "0\t0\t0\t0" }, /group ids are 0, 0, 0, 0, not all 100/],
  "root's saved gid": [{ Gid: "100\t100\t0\t100" }, /group ids/],
  "root's supplementary groups": [{ Groups: "0 4 27 100" }, /still in group 0$/],
  "no supplementary groups": [{ Groups: "" }, /not in group 4, 27$/],
  "a permitted capability": [{ CapPrm: "0000000000000001" }, /CapPrm/],
  "an effective capability": [{ CapEff: "0000000000000400" }, /CapEff/],
  "an inheritable capability": [{ CapInh: "0000000000000400" }, /CapInh/],
  "an ambient capability": [{ CapAmb: "0000000000000400" }, /CapAmb/],
};

for (const [what, [lines, expected]] of Object.entries(LEFTOVERS)) {
  Deno.test({
    name: `objectToCredentials names ${what}`,
    fn() {
      assert.match(checkCredentials(status(lines), ACCOUNT, GROUPS) ?? "nothing", expected);
    },
  });
}

for (const text of ["", "Uid:\n", "Uid:\t1000\t1000\n", "nonsense"]) {
  Deno.test({
    name: `objectToCredentials takes ${JSON.stringify(text)} for no proof`,
    fn() {
      assert.notEqual(checkCredentials(text, ACCOUNT, GROUPS), undefined);
    },
  });
}

Deno.test({
  name: "objectToCredentials takes missing capability lines for no proof",
  fn() {
    const text = status().replace(/^CapAmb.*\n/m, "");
    assert.match(checkCredentials(text, ACCOUNT, GROUPS) ?? "nothing", /CapAmb/);
  },
});
