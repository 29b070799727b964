/**
 * Requests that need the signatures of two operators.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";
import { makeKeys, writeTrust } from "../../support/programs/trust_files.ts";

Deno.test("what needs two operators runs once both have signed", E2E, async (t) => {
  await using here = await openInstallation();
  const [ann = "", bob = ""] = await makeKeys(here, "ann", "bob");
  await writeTrust(here, `need=2 ${ann}`, `need=2 ${bob}`);
  await using _agent = await here.agent("web1");
  const key = (name: string) => ["--key", `${here.home}/${name}.key`];
  const request = `${here.home}/reboot.request`;
  const command = ["--", "echo", "both"];

  await t.step("one alone is refused", async () => {
    const { code, stderr } = await here.trigger(
      "run",
      "-w",
      "web1",
      ...key("ann"),
      ...here.listen,
      ...command,
    );
    assert.equal(code, 16);
    assert.match(stderr, /refused: .*(2|two)/);
  });

  await t.step("one saves it, and it alone is refused still", async () => {
    const saved = await here.trigger(
      "run",
      "-w",
      "web1",
      ...key("ann"),
      "--save",
      request,
      ...command,
    );
    assert.deepEqual([saved.code, saved.stdout], [0, ""]);
    const copy = `${here.home}/copy.request`;
    await Deno.copyFile(request, copy);
    const { code } = await here.trigger("send", ...here.listen, copy);
    assert.equal(code, 16);
  });

  await t.step("the same one cannot sign twice", async () => {
    const { code, stderr } = await here.trigger("cosign", ...key("ann"), request);
    assert.equal(code, 1);
    assert.match(stderr, /error: request is already signed with your key\n/);
  });

  await t.step("the other one sees what it is, and signs", async () => {
    const { code, stderr } = await here.trigger("cosign", ...key("bob"), request);
    assert.equal(code, 0);
    assert.match(stderr, /run: +\["echo","both"\]\n/);
    assert.match(stderr, /on: +web1\n/);
    assert.match(stderr, /signed with /);
  });

  await t.step("then it runs, once", async () => {
    const { code, stdout } = await here.trigger("send", ...here.listen, request);
    assert.deepEqual([code, stdout], [0, "web1: both\n"]);
    const again = await here.trigger("send", ...here.listen, request);
    assert.deepEqual([again.code, again.stdout], [16, ""]);
    assert.match(again.stderr, /refused: .*this host has already run the request/);
  });
});
