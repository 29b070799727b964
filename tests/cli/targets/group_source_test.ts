import assert from "node:assert/strict";
import { askGroupSource, listGroupSource } from "../../../lib/cli/targets/groups.ts";
import { inFastFolder } from "../../support/fast_folder.ts";

const base: Pick<Deno.TestDefinition, "permissions" | "timeout"> = {
  permissions: { read: true, write: true, run: true, env: ["HOME"], sys: ["uid"] },
  timeout: 20_000,
};

/** Does `act` with the paths of programs that are these shell scripts; the first is asked last. */
async function withPrograms(
  scripts: readonly string[],
  act: (programs: readonly string[]) => Promise<void>,
): Promise<void> {
  await inFastFolder(async (folder) => {
    await Deno.chmod(folder, 0o700);
    const programs: string[] = [];
    for (const [index, script] of scripts.entries()) {
      const path = `${folder}/source${index}`;
      await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`);
      await Deno.chmod(path, 0o755);
      programs.push(path);
    }
    await act([`${folder}/none`, ...programs]);
  });
}

const GPU = { source: "slurm", name: "gpu" };

Deno.test({
  ...base,
  name: "askGroupSource gives the program source, verb and group, and splits what it prints",
  async fn() {
    await withPrograms(
      ['echo "$#.$1.$2.$3, web[1-2]"; echo "# none"; echo db1'],
      async (programs) => {
        assert.deepEqual(await askGroupSource(GPU, programs), [
          "3.slurm.map.gpu",
          "web[1-2]",
          "db1",
        ]);
        const all = await askGroupSource({ source: "slurm", name: "*" }, programs);
        assert.deepEqual(all, ["2.slurm.all.", "web[1-2]", "db1"]);
        assert.deepEqual(await listGroupSource("slurm", programs), [
          "2.slurm.list.",
          "web[1-2]",
          "db1",
        ]);
      },
    );
  },
});

Deno.test({
  ...base,
  name: "askGroupSource hands the name of a group over as one word, whatever is in it",
  async fn() {
    const name = "$(id); a 'b' --x";
    await withPrograms(
      ['[ "$3" = "$(printf "%s" "\\$(id); a \'b\' --x")" ] && echo ok'],
      async (p) => {
        assert.deepEqual(await askGroupSource({ source: "s", name }, p), ["ok"]);
      },
    );
  },
});

Deno.test({
  ...base,
  name: "askGroupSource gives a program a clean environment and nothing on stdin",
  async fn() {
    await withPrograms(["env | sed 's/=.*//' | sort; cat; pwd"], async (programs) => {
      const words = await askGroupSource(GPU, programs);
      const own = words.filter((word) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(word));
      assert.deepEqual(own, ["HOME", "LANG", "PATH", "/"]);
    });
  },
});

Deno.test({
  ...base,
  name: "askGroupSource asks the next program when one does not know the group",
  async fn() {
    await withPrograms(["echo first", "exit 1"], async (programs) => {
      assert.deepEqual(await askGroupSource(GPU, programs), ["first"]);
    });
    await withPrograms(["echo first", "echo last"], async (programs) => {
      assert.deepEqual(await askGroupSource(GPU, programs), ["last"]);
    });
    await withPrograms(["exit 1"], async (programs) => {
      const message = 'cannot use group "@slurm:gpu": no such source or group';
      await assert.rejects(askGroupSource(GPU, programs), { name: "GroupError", message });
    });
  },
});

/** What a program does, and what is said of it; `PROGRAM` stands for its path. */
const FAILURES: readonly (readonly [script: string, problem: string, maxMs?: number])[] = [
  [
    "echo half; echo 'no such\\033[31m database' >&2; exit 3",
    "failed with status 3: no such\x1b[31m database",
  ],
  ["kill -9 $$", "failed with SIGKILL"],
  ["exec sleep 30", "timed out after 0.5 seconds"],
  ["sleep 30 & echo web1", "timed out after 0.5 seconds"],
  ["trap '' TERM; yes web1", "printed more than 4194304 bytes", 10_000],
  ["printf 'web\\377'", "printed text that is not UTF-8"],
];

for (const [script, problem, maxMs = 500] of FAILURES) {
  Deno.test({
    ...base,
    name: `askGroupSource refuses the answer of a program: ${JSON.stringify(script)}`,
    async fn() {
      await withPrograms(["echo first", script], async (programs) => {
        const asking = askGroupSource(GPU, programs, { maxMs });
        const message = `cannot use group "@slurm:gpu": ${programs.at(-1)} ${problem}`;
        await assert.rejects(asking, { name: "GroupError", message });
      });
    },
  });
}

Deno.test({
  ...base,
  name: "askGroupSource runs nothing that others could have written, or that is no program",
  async fn() {
    await withPrograms(["echo web1"], async (programs) => {
      const [program = ""] = programs.slice(-1);
      await Deno.chmod(program, 0o775);
      await assert.rejects(askGroupSource(GPU, programs), {
        name: "UserError",
        message: `cannot use group source ${program}: others may write it`,
      });
      await Deno.chmod(program, 0o644);
      await assert.rejects(askGroupSource(GPU, programs), (error) => {
        assert.match(String(error), /^GroupError: .* cannot be started: /);
        return true;
      });
    });
  },
});
