import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { CopyReplies } from "../../../lib/cli/present/copy_replies.ts";
import type { Presenter } from "../../../lib/cli/present/presenter.ts";
import { settle } from "../../support/virtual_clock.ts";

function scene() {
  const dialogue = new CopyReplies({ name: "file", size: 1_000 });
  const shown: string[] = [];
  const inner: Presenter = {
    output: (node, stream, bytes) =>
      void shown.push(`${node} ${stream} ${new TextDecoder().decode(bytes)}`),
    ended: (node) => void shown.push(`${node} ended`),
    finish: () => Promise.resolve(),
  };
  const presenter = dialogue.wrapPresenter(inner);
  const say = (node: string, text: string) => presenter.output(node, "stdout", encodeUtf8(text));
  return { dialogue, presenter, shown, say };
}

Deno.test("CopyDialogue hears from where on a host wants the file", async () => {
  const { dialogue, shown, say } = scene();
  const [early, late] = [dialogue.resumeOffsetOf("web1"), dialogue.resumeOffsetOf("web2")];
  say("web1", "fro");
  say("web1", "m 0\n");
  say("web2", "from 300\ncopied\n");
  assert.deepEqual([await early, await late], [0, 300]);
  say("web1", "copied\n");
  assert.deepEqual(shown, [
    "web2 stdout file: resumes at byte 300\nfile: copied\n",
    "web1 stdout file: copied\n",
  ]);
});

Deno.test("CopyDialogue sends nothing to a host that asks for what cannot be", async () => {
  const { dialogue, shown, say } = scene();
  let begun = false;
  dialogue.resumeOffsetOf("web1").then(() => begun = true);
  const hostile = [
    "from 1001",
    "from -1",
    "from 1e3",
    "from",
    "FROM 1",
    "from 9999999999999999999",
  ];
  for (const line of hostile) say("web1", `${line}\n`);
  await settle();
  assert.equal(begun, false);
  assert.equal(shown.length, hostile.length);
});

Deno.test("CopyDialogue keeps little of a line that has no end", () => {
  const { shown, say } = scene();
  for (let times = 0; times < 1_000; times++) say("web1", "x".repeat(10_000));
  say("web1", "\n");
  assert.ok((shown[0] ?? "").length < 200);
});

Deno.test("CopyDialogue shows errors and ends as they are", () => {
  const { presenter, shown } = scene();
  presenter.output("web1", "stderr", encodeUtf8("there is no folder\n"));
  presenter.ended("web1", { outcome: { kind: "exited", code: 1 }, droppedBytes: 0 });
  assert.deepEqual(shown, ["web1 stderr there is no folder\n", "web1 ended"]);
});
