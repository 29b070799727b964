/**
 * `--undo`: a change is undone by the host itself, unless somebody says that it may stay.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";

/** The words of a change, and what is left of it in a file on the host. */
async function change(here: Installation, name: string): Promise<{
  readonly run: readonly string[];
  readonly file: string;
  left(): Promise<string>;
}> {
  const file = `${here.home}/${name}`;
  await Deno.writeTextFile(file, "old\n");
  const undo = `echo undone >> ${file}`;
  return {
    file,
    run: ["run", "-w", "web1", ...here.listen, "--undo", undo],
    left: () => Deno.readTextFile(file),
  };
}

Deno.test(
  "a change stays if it ends well and is confirmed, and is undone otherwise",
  E2E,
  async (t) => {
    await using here = await openInstallation();
    await here.trigger("key");
    await using agent = await here.agent("web1", "-v");

    await t.step("--confirm keeps what ended well", async () => {
      const { run, file, left } = await change(here, "kept");
      const line = `echo new >> ${file}; echo done`;
      const ended = await here.trigger(...run, "--confirm", "--shell", line);
      assert.deepEqual([ended.code, ended.stdout], [0, "web1: done\n"], ended.stderr);
      assert.equal(await left(), "old\nnew\n");
    });

    await t.step("what fails is undone at once, and says so", async () => {
      const { run, file, left } = await change(here, "failed");
      const line = `echo new >> ${file}; exit 3`;
      const ended = await here.trigger(...run, "--confirm", "--shell", line);
      assert.equal(ended.code, 2);
      assert.match(ended.stderr, /web1: undone: the command exited with exit code 3/);
      assert.equal(await left(), "old\nnew\nundone\n");
    });

    await t.step("what nobody confirms is undone by the host alone", async () => {
      const { run, file, left } = await change(here, "forgotten");
      const ended = await here.trigger(
        ...run,
        ...["--confirm-within", "1s", "--shell", `echo new >> ${file}`],
      );
      assert.equal(ended.code, 4, ended.stderr);
      assert.match(
        ended.stderr,
        /hint: keep the change: nanotrigger confirm [0-9a-f]{32} -w 'web1'/,
      );
      await agent.says("stderr", /ended .*not confirmed within 1 s/);
      assert.equal(await left(), "old\nnew\nundone\n");
    });

    await t.step("a later confirmation keeps it, and only once", async () => {
      const { run, file, left } = await change(here, "later");
      const ended = await here.trigger(...run, "--shell", `echo new >> ${file}`);
      const [, id = ""] = /nanotrigger confirm ([0-9a-f]{32})/.exec(ended.stderr) ?? [];
      const confirm = ["confirm", "-w", "web1", ...here.listen, id];
      const confirmed = await here.trigger(...confirm);
      assert.deepEqual([confirmed.code, confirmed.stdout], [0, ""], confirmed.stderr);
      assert.match(confirmed.stderr, /web1: exited with exit code 0/);
      const again = await here.trigger(...confirm);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /error: web1: nothing to confirm for this job/);
      assert.equal(await left(), "old\nnew\n");
    });

    await t.step("an undo that fails is told as what it is", async () => {
      const { run, file } = await change(here, "broken");
      const undo = ["--undo", "echo cannot >&2; exit 7"];
      const words = [...run.slice(0, -2), ...undo, "--shell", `echo new >> ${file}; false`];
      const ended = await here.trigger(...words);
      assert.equal(ended.code, 2);
      assert.match(
        ended.stderr,
        /NOT UNDONE, undo command exited with exit code 7: .*"cannot"/,
      );
    });

    await t.step("a rehearsal says that it would be undone", async () => {
      const { run } = await change(here, "rehearsed");
      const { stdout } = await here.trigger(...run, "--dry-run", "true");
      assert.match(stdout, /, rolled back unless confirmed within 120 s/);
    });
  },
);

Deno.test(
  "an agent that was started again undoes what it left, when the time is up",
  E2E,
  async (t) => {
    await using here = await openInstallation();
    await here.trigger("key");

    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      await t.step(`after ${signal} while it waited`, async () => {
        const { run, file, left } = await change(here, signal);
        const first = await here.agent("web1", "-v");
        const line = `echo new >> ${file}`;
        await here.trigger(...run, "--confirm-within", "4s", "--shell", line);
        first.kill(signal);
        await first.ended();
        assert.equal(await left(), "old\nnew\n");
        await using second = await here.agent("web1", "-v");
        await second.says("stderr", /ended .*not confirmed within 4 s/);
        assert.equal(await left(), "old\nnew\nundone\n");
      });
    }

    await t.step("after SIGKILL in mid-command, at once", async () => {
      const { run, file, left } = await change(here, "middle");
      const first = await here.agent("web1", "-v");
      const line = `echo new >> ${file}; sleep 60`;
      await using trigger = here.start("trigger", [...run, "--shell", line]);
      await first.says("stderr", /command started /);
      while (await left() !== "old\nnew\n") await new Promise((resolve) => setTimeout(resolve, 20));
      first.kill("SIGKILL");
      await first.ended();
      await using _second = await here.agent("web1", "-v");
      const { code, stderr } = await trigger.ended();
      assert.equal(code, 2);
      assert.match(stderr, /web1: undone: the agent ended before the command did/);
      assert.equal(await left(), "old\nnew\nundone\n");
    });

    await t.step("but not twice, after SIGKILL while it undid it", async () => {
      const { run, file, left } = await change(here, "twice");
      const first = await here.agent("web1", "-v");
      const undo = ["--undo", `echo undone >> ${file}; sleep 60`];
      await using trigger = here.start("trigger", [...run.slice(0, -2), ...undo, "false"]);
      await first.says("stderr", /undo started /);
      while (await left() === "old\n") await new Promise((resolve) => setTimeout(resolve, 20));
      first.kill("SIGKILL");
      await first.ended();
      await using _second = await here.agent("web1", "-v");
      const { code, stderr } = await trigger.ended();
      assert.equal(code, 4);
      assert.match(stderr, /web1: lost: the agent ended during the rollback/);
      assert.equal(await left(), "old\nundone\n");
    });

    await t.step("and a confirmation finds the new process, too", async () => {
      const { run, file, left } = await change(here, "found");
      const first = await here.agent("web1", "-v");
      const ended = await here.trigger(...run, "--shell", `echo new >> ${file}`);
      first.kill("SIGKILL");
      await first.ended();
      await using _second = await here.agent("web1", "-v");
      const [, id = ""] = /nanotrigger confirm ([0-9a-f]{32})/.exec(ended.stderr) ?? [];
      const confirmed = await here.trigger("confirm", "-w", "web1", ...here.listen, id);
      assert.equal(confirmed.code, 0, confirmed.stderr);
      assert.equal(await left(), "old\nnew\n");
    });
  },
);

Deno.test(
  "a hub that runs by itself passes confirmations on, and stores no secret",
  E2E,
  async () => {
    await using here = await openInstallation();
    await here.trigger("key");
    const [state, control] = [`${here.home}/hub`, `${here.home}/control.sock`];
    {
      await using hub = here.start("trigger", [
        ...["hub", ...here.listen, "--state", state, "--control", control],
      ]);
      await hub.says("stdout", /Listening on/);
      await using agent = await here.agent("web1", "-v");
      await agent.says("stderr", /session with hub opened/);
      const at = ["-w", "web1", "--hub", `ipc://${control}`];
      const { file, left } = await change(here, "kept");
      await Deno.writeTextFile(`${here.home}/pw`, "correct-horse-battery\n");
      const undoing = ["run", ...at, "--undo", `echo undone >> ${file}`];
      const secret = ["--secret", `PW=@${here.home}/pw`];
      const ended = await here.trigger(
        ...[...undoing, ...secret, "--shell", `echo new >> ${file}; echo "pw $PW"`],
      );
      assert.equal(ended.stdout, "web1: pw ***\n", ended.stderr);
      const [, id = ""] = /nanotrigger confirm ([0-9a-f]{32})/.exec(ended.stderr) ?? [];
      const confirmed = await here.trigger("confirm", ...at, id);
      assert.equal(confirmed.code, 0, confirmed.stderr);
      const again = await here.trigger(...undoing, "--confirm", "--shell", `echo more >> ${file}`);
      assert.equal(again.code, 0, again.stderr);
      assert.equal(await left(), "old\nnew\nmore\n");
    }
    for await (const { name, isFile } of Deno.readDir(state)) {
      if (!isFile) continue;
      const bytes = await Deno.readFile(`${state}/${name}`);
      assert.ok(!new TextDecoder("latin1").decode(bytes).includes("correct-horse"), name);
    }
  },
);
