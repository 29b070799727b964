/**
 * Which hosts are meant: groups, facts, samples, files of names, and `nanotrigger nodeset`.
 * @module
 */
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";

const GROUPS = "rack1: web[1-2]\nrack2: web[3-4]\nbad: web[1-\n";
const GROUP_SOURCE = `#!/bin/sh
case $1:$2:\${3-} in
  slurm:map:gpu) echo 'web[2-3]' ;;
  slurm:all:) echo '@gpu web1' ;;
  slurm:list:) echo gpu ;;
  *) exit 1 ;;
esac
`;

/** Gives the operator groups, and a program that knows others. */
async function makeGroups({ home }: Installation, groups: string): Promise<void> {
  const folder = `${home}/.config/nanoexec`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${folder}/groups`, groups);
  await Deno.writeTextFile(`${folder}/group_source`, GROUP_SOURCE);
  await Deno.chmod(`${folder}/group_source`, 0o755);
}

Deno.test("nodeset works with groups, files and stdin", E2E, async (t) => {
  await using here = await openInstallation();
  await makeGroups(here, GROUPS.replace(/bad.*\n/, ""));
  await Deno.writeTextFile(`${here.home}/hosts`, "web1, web2\n# web3\n@rack2\n");
  const rows: readonly (readonly [args: readonly string[], stdout: string, stdin?: string])[] = [
    [["-f", "@rack1", "@slurm:gpu"], "web[1-3]"],
    [["-c", "@rack[1-2]", "-x", "web2", "db1"], "4"],
    [["-e", "-S,", `^${here.home}/hosts`], "web1,web2,web3,web4"],
    [["-f"], "web[1-3]", "web3\nweb1 web2\n"],
    [["-f", "@rack1", "-i", "-"], "web2", "web2,web9"],
    [["-fa"], "web[1-4]"],
    [["-fa", "-s", "slurm"], "web[1-3]"],
    [["-r", "web[1-5]"], "@rack[1-2],web5"],
    [["-r", "-s", "slurm", "web[1-3]"], "@slurm:gpu,web1"],
    [["-l"], "@rack1\n@rack2"],
    [["-ll", "web[2-9]"], "@rack1 web2\n@rack2 web[3-4]"],
    [["-f", "--split", "2", "web[1-3]"], "web[1-2]\nweb3"],
    [["-e", "--contiguous", "web[1-2,5]"], "web1 web2\nweb5"],
    [["-f", "-I", "0,2-99", "web[1-5]"], "web[1,3-5]"],
    [["-c", "a!a"], "0"],
    [["-c", "--pick", "2", "web[1-5]"], "2"],
  ];
  for (const [args, stdout, stdin] of rows) {
    await t.step(`nodeset ${args.join(" ").replace(here.home, "~")}`, async () => {
      const options = stdin === undefined ? {} : { stdin: encodeUtf8(stdin) };
      const ended = await here.start("trigger", ["nodeset", ...args], options).ended();
      assert.deepEqual([ended.code, ended.stdout, ended.stderr], [0, `${stdout}\n`, ""]);
    });
  }
});

Deno.test("what cannot be read is pointed at", E2E, async (t) => {
  await using here = await openInstallation();
  await makeGroups(here, GROUPS);
  const { home } = here;
  const rows: readonly (readonly [args: readonly string[], stderr: string])[] = [
    [
      ["run", "-w", "web[1-", "true"],
      "error: -w: expected a number, found the end, at character 7\n  web[1-\n        ^\n",
    ],
    [
      ["run", "-a", "-F", "cpus>four", "true"],
      'error: -F: ">" needs a decimal number of at most 15 digits, at character 6\n' +
      "  cpus>four\n       ^\n",
    ],
    [
      ["nodeset", "-f", "@rack1"],
      `error: ${home}/.config/nanoexec/groups: expected a number, found the end, ` +
      "at line 3, character 12\n  bad: web[1-\n             ^\n",
    ],
    [
      ["nodeset", "-f", "@slurm:none"],
      'error: cannot use group "@slurm:none": no such source or group\n' +
      "hint: check the program for other group sources: /etc/nanoexec/group_source or " +
      `${home}/.config/nanoexec/group_source\n`,
    ],
    [
      ["run", "-w", "web1!web1", "true"],
      "error: target matches no host\n" +
      "hint: check the excluded hosts and the groups of the target\n",
    ],
  ];
  for (const [args, stderr] of rows) {
    await t.step(args.join(" "), async () => {
      const ended = await here.trigger(...args);
      assert.deepEqual([ended.code, ended.stdout], [1, ""]);
      assert.equal(ended.stderr.replaceAll(/^nanotrigger: /gm, ""), stderr);
    });
  }
});

Deno.test("hosts are chosen by group, fact, file and chance", E2E, async (t) => {
  await using here = await openInstallation();
  await makeGroups(here, GROUPS.replace(/bad.*\n/, ""));
  await here.trigger("key");
  await using _web1 = await here.agent("web1");
  await using _web2 = await here.agent("web2");
  await using _web3 = await here.agent("web3");
  const list = async (...args: readonly string[]) => {
    const ended = await here.trigger("run", ...args, ...here.listen, "--list-hosts");
    return [ended.code, ended.stdout.trimEnd(), ended.stderr];
  };
  const os = Deno.build.os;

  await t.step("by group and by fact", async () => {
    assert.deepEqual(await list("-g", "rack1", "-g", "slurm:gpu"), [0, "web[1-3]", ""]);
    assert.deepEqual(await list("-g", "slurm:gpu", "-F", `os=${os}`), [0, "web[2-3]", ""]);
    assert.deepEqual(await list("-F", `os=~^${os}$`, "-x", "web1"), [0, "web[2-3]", ""]);
  });

  await t.step("a glob that finds nobody is reported, whoever else is meant", async () => {
    const warning = "nanotrigger: warning: wbe*: no such attached host\n";
    assert.deepEqual(await list("-w", "web1,wbe*"), [0, "web1", warning]);
  });

  await t.step("hosts that are listed, without being the queue", async () => {
    const args = ["-w", "@rack[1-2],db1", "-x", "web1", "--listen", "tcp://192.0.2.1:1"];
    const { code, stdout } = await here.trigger("run", ...args, "--list-hosts");
    assert.deepEqual([code, stdout], [0, "db1,web[2-4]\n"]);
  });

  await t.step("nobody has the fact", async () => {
    const [code, stdout, stderr] = await list("-F", "os=none");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      `${stderr}`,
      /^nanotrigger: error: target matches no host\nnanotrigger: hint: attached hosts: /,
    );
  });

  await t.step("by chance, and the same again with the same seed", async () => {
    const first = await list("-w", "web[1-3]", "--limit", "50%", "--limit-seed", "7");
    assert.match(`${first[1]}`, /^web\[\d[,-]\d\]$/);
    const note = `nanotrigger: picked 2 of 3 hosts at random (--limit-seed 7): ${first[1]}\n`;
    assert.deepEqual(first, [0, first[1], note]);
    const args = [
      "-w",
      "web[1-3]",
      "--limit=2",
      "--limit-seed=7",
      ...here.listen,
      "-b",
      "--",
      "echo",
      "x",
    ];
    const { code, stdout, stderr } = await here.trigger("run", ...args);
    const line = "-".repeat(15);
    assert.deepEqual([code, stdout], [0, `${line}\n${first[1]} (2)\n${line}\nx\n`]);
    assert.equal(stderr, note);
  });

  await t.step("from a file of 10,000 irregular names, of which one is here", async () => {
    const names = Array.from(
      { length: 10_000 },
      (_, i) => `server${i * 7919 % 99_991}-${"abcdef"[i % 6]}${i}`,
    );
    await Deno.writeTextFile(`${here.home}/hosts`, ["web1", ...names].join("\n"));
    const many = `^${here.home}/hosts`;
    const args = ["-w", many, "--select", "/^web/", ...here.listen, "--", "echo", "here"];
    const { code, stdout, stderr } = await here.trigger("run", ...args);
    assert.deepEqual([code, stdout, stderr], [0, "web1: here\n", ""]);
  });
});
