import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { FetchedFiles } from "../../../lib/cli/present/fetched_files.ts";
import type { Presenter } from "../../../lib/cli/present/presenter.ts";
import type { HostResult } from "../../../lib/trigger/results/host_result.ts";

const files = { permissions: { read: true, write: true } } as const;
const WELL: HostResult = { outcome: { kind: "exited", code: 0 }, droppedBytes: 0 };
const SUMMARY = { job: "a".repeat(32), exitStatus: 0 };

/** A folder, and what comes for it. */
class Scene implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly shown: string[] = [];
  readonly stopped: string[] = [];
  readonly fetched: FetchedFiles;
  readonly presenter: Presenter;

  constructor(maxBytes = 1_000) {
    this.fetched = new FetchedFiles({ folder: this.folder, name: "motd", maxBytes });
    this.presenter = this.fetched.wrapPresenter({
      output: (node, stream, bytes) =>
        void this.shown.push(`${node} ${stream} ${new TextDecoder().decode(bytes)}`),
      ended: (node, { outcome }) => void this.shown.push(`${node} ${outcome.kind}`),
      finish: () => Promise.resolve(),
    }, (node) => void this.stopped.push(node));
  }

  async says(node: string, text: string, end?: HostResult): Promise<void> {
    await this.presenter.output(node, "stdout", encodeUtf8(text));
    if (end) this.presenter.ended(node, end);
  }

  /** What is in the folder once all is over. */
  async content(): Promise<Record<string, string>> {
    await this.fetched[Symbol.asyncDispose]();
    const found: Record<string, string> = {};
    for await (const { name } of Deno.readDir(this.folder)) {
      found[name] = await Deno.readTextFile(`${this.folder}/${name}`);
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("FetchedFiles keeps what was sent whole, for its owner alone", files, async () => {
  await using scene = new Scene();
  await scene.says("web1", "hel");
  await scene.says("web2", "other", WELL);
  await scene.says("web1", "lo", WELL);
  scene.presenter.ended("web3", WELL);
  await scene.presenter.finish(SUMMARY);
  const { mode } = await Deno.stat(`${scene.folder}/motd.web1`);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  assert.deepEqual(await scene.content(), {
    "motd.web1": "hello",
    "motd.web2": "other",
    "motd.web3": "",
  });
  assert.deepEqual(scene.shown.toSorted(), [
    "web1 exited",
    `web1 stdout ${scene.folder}/motd.web1: 5 bytes\n`,
    "web2 exited",
    `web2 stdout ${scene.folder}/motd.web2: 5 bytes\n`,
    "web3 exited",
    `web3 stdout ${scene.folder}/motd.web3: 0 bytes\n`,
  ]);
});

const BAD: readonly (readonly [name: string, end: HostResult])[] = [
  ["a failure", { outcome: { kind: "exited", code: 1 }, droppedBytes: 0 }],
  ["bytes that were changed on the way", { outcome: { kind: "unverified" }, droppedBytes: 0 }],
  ["bytes that are missing", { ...WELL, droppedBytes: 1 }],
  ["a host that is lost", { outcome: { kind: "lost", reason: "gone" }, droppedBytes: 0 }],
  ["a rehearsal", { outcome: { kind: "allowed", rule: "r", summary: "s" }, droppedBytes: 0 }],
];

Deno.test("FetchedFiles keeps nothing after anything else", files, async (t) => {
  for (const [name, end] of BAD) {
    await t.step(name, async () => {
      await using scene = new Scene();
      await Deno.writeTextFile(`${scene.folder}/motd.web1`, "before");
      await scene.says("web1", "after", end);
      await scene.presenter.finish(SUMMARY);
      assert.deepEqual(await scene.content(), { "motd.web1": "before" });
      assert.deepEqual(scene.shown, [`web1 ${end.outcome.kind}`]);
    });
  }
});

Deno.test("FetchedFiles drops what is not over when it is disposed of", files, async () => {
  await using scene = new Scene();
  await scene.says("web1", "half of it");
  assert.deepEqual(await scene.content(), {});
});

Deno.test("FetchedFiles takes no more from a host than it may send", files, async () => {
  await using scene = new Scene(10);
  await scene.says("web1", "1234567890");
  for (let times = 0; times < 100; times++) await scene.says("web1", "x");
  await scene.says("web1", "x", WELL);
  await scene.says("web2", "fine", WELL);
  await assert.rejects(scene.presenter.finish(SUMMARY), {
    name: "UserError",
    message: "web1: motd is longer than 10, discarded",
  });
  assert.deepEqual(await scene.content(), { "motd.web2": "fine" });
  assert.deepEqual(scene.stopped, ["web1"]);
});

Deno.test("FetchedFiles follows no link, and replaces one", files, async () => {
  await using scene = new Scene();
  const victim = await Deno.makeTempFile();
  await Deno.writeTextFile(victim, "precious");
  await Deno.symlink(victim, `${scene.folder}/motd.web1`);
  await scene.says("web1", "hello", WELL);
  await scene.presenter.finish(SUMMARY);
  assert.equal(await Deno.readTextFile(victim), "precious");
  assert.ok((await Deno.lstat(`${scene.folder}/motd.web1`)).isFile);
  await Deno.remove(victim);
});

Deno.test(
  "FetchedFiles says what it cannot write, and makes no path of a name",
  files,
  async () => {
    await using scene = new Scene();
    await Deno.mkdir(`${scene.folder}/motd.web1`);
    await scene.says("web1", "hello", WELL);
    await assert.rejects(scene.presenter.finish(SUMMARY), {
      message: /^cannot write .*motd\.web1: /,
    });
    for (const name of ["../web1", "a/b", "", ".", "web1\n"]) {
      await assert.rejects(async () => await scene.says(name, "x"), TypeError);
    }
  },
);
