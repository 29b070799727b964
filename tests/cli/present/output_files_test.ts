import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { openOutputFiles, openOutputFolders } from "../../../lib/cli/present/output_files.ts";
import type { Presenter } from "../../../lib/cli/present/presenter.ts";

const FILES: Pick<Deno.TestDefinition, "permissions"> = {
  permissions: { read: true, write: true },
};

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_files_" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test(
  "OutputFiles makes the folder and one file per host",
  FILES,
  () =>
    inFolder(async (base) => {
      const folder = `${base}/a/b`;
      await using files = await openOutputFiles(folder, ["web1", "web2"]);
      await Promise.all([
        files.write("web1", encodeUtf8("one ")),
        files.write("web1", encodeUtf8("two")),
      ]);
      await Promise.all([files.end("web1"), files.end("web2")]);
      assert.equal(files.failure, undefined);
      assert.equal(await Deno.readTextFile(`${folder}/web1`), "one two");
      assert.equal(await Deno.readTextFile(`${folder}/web2`), "");
    }),
);

Deno.test(
  "OutputFiles replaces a file from before, and never what another name of it shows",
  FILES,
  () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/other`, "kept");
      await Deno.link(`${folder}/other`, `${folder}/web1`);
      await using files = await openOutputFiles(folder, ["web1"]);
      await files.write("web1", encodeUtf8("new"));
      await files.end("web1");
      assert.equal(await Deno.readTextFile(`${folder}/web1`), "new");
      assert.equal(await Deno.readTextFile(`${folder}/other`), "kept");
    }),
);

Deno.test(
  "OutputFiles refuses what is no regular file before anything runs",
  FILES,
  () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/victim`, "kept");
      await Deno.symlink(`${folder}/victim`, `${folder}/web1`);
      await Deno.mkdir(`${folder}/web2`);
      for (const node of ["web1", "web2"]) {
        await assert.rejects(openOutputFiles(folder, [node]), (error: unknown) => {
          assert.ok(error instanceof UserError);
          assert.equal(error.message, `${folder}/${node} is not a regular file`);
          return true;
        });
      }
      await assert.rejects(
        openOutputFiles(`${folder}/victim`, []),
        /^UserError: cannot write .*victim/,
      );
    }),
);

Deno.test(
  "OutputFiles follows no link that was planted later",
  FILES,
  () =>
    inFolder(async (folder) => {
      await using files = await openOutputFiles(folder, ["web1", "web2"]);
      await Deno.writeTextFile(`${folder}/victim`, "kept");
      await Deno.symlink(`${folder}/victim`, `${folder}/web1`);
      await files.write("web1", encodeUtf8("new"));
      await files.write("web2", encodeUtf8("fine"));
      assert.match(files.failure?.message ?? "", /^cannot write .*\/web1: not a regular file$/);
      assert.equal(await Deno.readTextFile(`${folder}/victim`), "kept");
      assert.equal(await Deno.readTextFile(`${folder}/web2`), "fine");
    }),
);

Deno.test(
  "OutputFiles makes no file of anything but a host's name",
  FILES,
  () =>
    inFolder(async (folder) => {
      await using files = await openOutputFiles(folder, []);
      for (const name of ["../x", "/etc/x", ".hidden", "-r", "a/b", "", "a\0b", "ALL"]) {
        await files.write(name, encodeUtf8("no"));
        assert.match(files.failure?.message ?? "", /is not the name of a host$/);
      }
      assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
    }),
);

Deno.test(
  "OutputFiles writes no more of a host than it was told to send",
  FILES,
  () =>
    inFolder(async (folder) => {
      await using files = await openOutputFiles(folder, ["web1", "web2"], 8);
      for (const piece of ["12345", "67890", "more"]) await files.write("web1", encodeUtf8(piece));
      await files.write("web2", encodeUtf8("abc"));
      await Promise.all([files.end("web1"), files.end("web2")]);
      assert.equal(await Deno.readTextFile(`${folder}/web1`), "12345678");
      assert.equal(await Deno.readTextFile(`${folder}/web2`), "abc");
    }),
);

Deno.test(
  "output is shown and written to the folder of its stream",
  FILES,
  () =>
    inFolder(async (base) => {
      const seen: string[] = [];
      const inner: Presenter = {
        output: (node, stream) => void seen.push(`${node} ${stream}`),
        ended: (node) => void seen.push(`${node} ended`),
        finish: () => Promise.resolve(),
      };
      const choice = { outdir: `${base}/out`, errdir: `${base}/err` };
      await using folders = await openOutputFolders(choice, ["a"]);
      const presenter = folders.wrapPresenter(inner);
      await presenter.output("a", "stdout", encodeUtf8("o"));
      await presenter.output("a", "stderr", encodeUtf8("e"));
      presenter.ended("a", { outcome: { kind: "timeout" }, droppedBytes: 0 });
      await presenter.finish({ exitStatus: 2 });
      assert.deepEqual(seen, ["a stdout", "a stderr", "a ended"]);
      assert.equal(await Deno.readTextFile(`${base}/out/a`), "o");
      assert.equal(await Deno.readTextFile(`${base}/err/a`), "e");
    }),
);

Deno.test(
  "one folder cannot hold both streams, and what could not be written is told",
  FILES,
  () =>
    inFolder(async (base) => {
      const same = { outdir: `${base}/x`, errdir: `${base}/x/` };
      await assert.rejects(
        openOutputFolders(same, []),
        /--outdir and --errdir are the same folder/,
      );
      const inner: Presenter = { output() {}, ended() {}, finish: () => Promise.resolve() };
      await using folders = await openOutputFolders({ outdir: `${base}/y`, errdir: undefined }, [
        "a",
      ]);
      const presenter = folders.wrapPresenter(inner);
      await Deno.mkdir(`${base}/y/a`);
      presenter.ended("a", { outcome: { kind: "timeout" }, droppedBytes: 0 });
      await assert.rejects(
        presenter.finish({ exitStatus: 2 }),
        /cannot write .*not a regular file/,
      );
      const none = await openOutputFolders({ outdir: undefined, errdir: undefined }, []);
      assert.equal(none.wrapPresenter(inner), inner);
    }),
);
