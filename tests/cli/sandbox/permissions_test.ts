import assert from "node:assert/strict";
import { userFolders } from "../../../lib/cli/sandbox/folders.ts";
import {
  permissionFlags,
  type PermissionScope,
  type Program,
} from "../../../lib/cli/sandbox/permissions.ts";

const ENV = "--allow-env=HOME,USER,LOGNAME,XDG_CONFIG_HOME,XDG_STATE_HOME," +
  "TERM,NO_COLOR,CLICOLOR,CLICOLOR_FORCE,PATH,LANG,TZ";
const SYS = "--allow-sys=hostname,osRelease,systemMemoryInfo,networkInterfaces,uid,gid";
/** The only folders where an agent looks for programs. */
const PROGRAMS = "/usr/local/sbin,/usr/local/bin,/usr/sbin,/usr/bin,/sbin,/bin";
const user = userFolders({ HOME: "/home/ann" });

interface Row {
  readonly program: Program;
  readonly scope: PermissionScope;
  readonly flags: readonly string[];
}

const rows: Readonly<Record<string, Row>> = {
  "an agent of the system": {
    program: "exec",
    scope: {},
    flags: [
      "--no-prompt",
      "--allow-net",
      "--allow-run",
      ENV,
      SYS,
      `--allow-read=/,/etc/nanoexec,/var/lib/nanoexec,${PROGRAMS}`,
      "--allow-write=/var/lib/nanoexec",
    ],
  },
  "a trigger of the system, which starts one program only": {
    program: "trigger",
    scope: {},
    flags: [
      "--no-prompt",
      "--allow-net",
      "--allow-run=/etc/nanoexec/group_source",
      ENV,
      SYS,
      "--allow-read=/,/etc/nanoexec,/var/lib/nanoexec",
      "--allow-write=/etc/nanoexec,/var/lib/nanoexec",
    ],
  },
  "an agent of a user, which cannot write its own trust": {
    program: "exec",
    scope: { user },
    flags: [
      "--no-prompt",
      "--allow-net",
      "--allow-run",
      ENV,
      SYS,
      "--allow-read=/,/etc/nanoexec,/home/ann/.config/nanoexec," +
      `/var/lib/nanoexec,/home/ann/.local/state/nanoexec,${PROGRAMS}`,
      "--allow-write=/var/lib/nanoexec,/home/ann/.local/state/nanoexec",
    ],
  },
  "an agent for one master, one program and one socket": {
    program: "exec",
    scope: { sockets: ["/run/q"], allowNet: ["master:4444"], allowRun: ["/usr/bin/uptime"] },
    flags: [
      "--no-prompt",
      "--allow-net=master:4444,unix:/run/q",
      "--allow-run=/usr/bin/uptime",
      ENV,
      SYS,
      `--allow-read=/,/etc/nanoexec,/var/lib/nanoexec,${PROGRAMS},/run/q`,
      "--allow-write=/var/lib/nanoexec,/run/q",
    ],
  },
  "a trigger of a user with one more group source": {
    program: "trigger",
    scope: { user, allowRun: ["/g"] },
    flags: [
      "--no-prompt",
      "--allow-net",
      "--allow-run=/etc/nanoexec/group_source,/home/ann/.config/nanoexec/group_source,/g",
      ENV,
      SYS,
      "--allow-read=/,/etc/nanoexec,/home/ann/.config/nanoexec," +
      "/var/lib/nanoexec,/home/ann/.local/state/nanoexec",
      "--allow-write=/etc/nanoexec,/home/ann/.config/nanoexec," +
      "/var/lib/nanoexec,/home/ann/.local/state/nanoexec",
    ],
  },
  "a trigger that may start a shell on its own machine": {
    program: "trigger",
    scope: { programs: ["/bin/sh"] },
    flags: [
      "--no-prompt",
      "--allow-net",
      "--allow-run=/etc/nanoexec/group_source,/bin/sh",
      ENV,
      SYS,
      "--allow-read=/,/etc/nanoexec,/var/lib/nanoexec",
      "--allow-write=/etc/nanoexec,/var/lib/nanoexec",
    ],
  },
  "a trigger that was built without that": {
    program: "trigger",
    scope: { programs: ["/bin/sh"], allowRun: [] },
    flags: [
      "--no-prompt",
      "--allow-net",
      "--allow-run=/etc/nanoexec/group_source",
      ENV,
      SYS,
      "--allow-read=/,/etc/nanoexec,/var/lib/nanoexec",
      "--allow-write=/etc/nanoexec,/var/lib/nanoexec",
    ],
  },
  "a trigger with files of the command line": {
    program: "trigger",
    scope: { sockets: ["/run/q"], readable: ["ann.key"], writable: ["st"] },
    flags: [
      "--no-prompt",
      "--allow-net",
      "--allow-run=/etc/nanoexec/group_source",
      ENV,
      SYS,
      "--allow-read=/,/etc/nanoexec,/var/lib/nanoexec,/run/q,ann.key,st",
      "--allow-write=/etc/nanoexec,/var/lib/nanoexec,/run/q,st",
    ],
  },
  "an agent that may reach nobody and run nothing": {
    program: "exec",
    scope: { allowNet: [], allowRun: [] },
    flags: [
      "--no-prompt",
      ENV,
      SYS,
      `--allow-read=/,/etc/nanoexec,/var/lib/nanoexec,${PROGRAMS}`,
      "--allow-write=/var/lib/nanoexec",
    ],
  },
};

for (const [name, { program, scope, flags }] of Object.entries(rows)) {
  Deno.test(`permissionFlags: ${name}`, () => {
    assert.deepEqual(permissionFlags(program, scope), flags);
  });
}

Deno.test("permissionFlags grants no more than its kinds, whatever the scope", () => {
  const kinds = ["--no-prompt", "--allow-env", "--allow-net", "--allow-read", "--allow-run"];
  kinds.push("--allow-sys", "--allow-write");
  for (const { program, scope } of Object.values(rows)) {
    for (const flag of permissionFlags(program, scope)) {
      assert.ok(kinds.includes(flag.replace(/=.*/s, "")), flag);
    }
  }
});

Deno.test("permissionFlags refuses what Deno would read as a list", () => {
  const hostile: PermissionScope[] = [
    { sockets: ["/tmp/a,/etc"] },
    { sockets: [""] },
    { allowNet: ["a,b"] },
    { allowRun: ["/bin/a,/bin/sh"] },
    { readable: ["/tmp/a,/etc"] },
    { writable: ["/tmp/a,/etc"] },
    { user: { config: "/home/a,b", state: "/home/ann" } },
  ];
  for (const scope of hostile) assert.throws(() => permissionFlags("exec", scope), RangeError);
});
