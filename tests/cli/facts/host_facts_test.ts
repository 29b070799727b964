import assert from "node:assert/strict";
import { hostFacts, systemFacts } from "../../../lib/cli/facts/host_facts.ts";

const OPTIONS = {
  permissions: { read: true, write: true, run: true, env: true, sys: true },
} as const;

/** Makes a configuration folder, gathers the facts, and removes it. */
async function gather(make: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_facts_" });
  const problems: string[] = [];
  try {
    await make(folder);
    const facts = await hostFacts({
      folders: [folder],
      onProblem: (problem) => problems.push(problem.replaceAll(folder, "")),
    });
    return { facts, problems };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function program(folder: string, name: string, text: string): Promise<void> {
  await Deno.mkdir(`${folder}/facts.d`, { recursive: true });
  await Deno.writeTextFile(`${folder}/facts.d/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

Deno.test("ownFacts says what targets are made of", OPTIONS, async () => {
  const { os, arch, kernel, cpus, memory } = await systemFacts();
  assert.deepEqual([os, arch], [Deno.build.os, Deno.build.arch]);
  assert.equal(kernel, Deno.osRelease());
  assert.ok(Number(cpus) >= 1 && Number(memory) > 100, `${cpus} ${memory}`);
});

Deno.test("hostFacts adds what files say and programs print; later ones win", OPTIONS, async () => {
  const { facts, problems } = await gather(async (folder) => {
    await Deno.writeTextFile(`${folder}/facts`, "role=web\nos=mine\n");
    await program(folder, "10-rack", "echo rack=r4; echo role=db");
  });
  assert.deepEqual([facts.role, facts.rack, facts.os, problems], ["db", "r4", "mine", []]);
});

Deno.test("hostFacts leaves out what cannot be used, and says so", OPTIONS, async () => {
  const { facts, problems } = await gather(async (folder) => {
    await Deno.writeTextFile(`${folder}/facts`, "role=web\nnonsense\n", { mode: 0o666 });
    await Deno.chmod(`${folder}/facts`, 0o666);
    await program(folder, "bad", "echo a=1; echo oh no >&2; exit 3");
    await program(folder, "much", "head -c 100000 /dev/zero");
    await program(folder, "not.a~program", "echo b=1");
    await program(folder, "odd", "echo c=1; echo '=1'");
  });
  assert.deepEqual([facts.role, facts.a, facts.b, facts.c], [undefined, undefined, undefined, "1"]);
  assert.match(problems.join("\n"), /cannot use .*facts: others may write it/);
  assert.deepEqual(problems.slice(1), [
    "/facts.d/bad: failed with status 3: oh no",
    "/facts.d/much: output is longer than 65536 bytes",
    "/facts.d/odd: line 2: expected NAME=VALUE",
  ]);
});
