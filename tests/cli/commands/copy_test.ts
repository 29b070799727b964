import assert from "node:assert/strict";
import { copyFiles } from "../../../lib/cli/commands/copy.ts";
import { copyCommand } from "../../../lib/cli/commands/copy_options.ts";
import { recordingTerminal } from "../terminal/recording_terminal.ts";
import { parseFor } from "../args/command_lines.ts";

Deno.test("copyFiles refuses two files of one name before it opens the key or a queue", {
  permissions: { read: true, write: true, env: true, sys: ["uid"] },
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_copy_" });
  try {
    for (const name of ["a", "b"]) {
      await Deno.mkdir(`${folder}/${name}`);
      await Deno.writeTextFile(`${folder}/${name}/same`, name);
    }
    const files = [`${folder}/a/same`, `${folder}/b/same`];
    const words = ["copy", "-w", "web1", "--key", `${folder}/absent`, "--dest", "/d/", ...files];
    const { terminal } = recordingTerminal();
    await assert.rejects(copyFiles(parseFor(copyCommand, words), terminal), {
      message: 'two files with one name: "same"',
      hint: "copy them to different folders",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
