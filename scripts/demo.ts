/**
 * `deno task demo`: nanoexec on one machine, for real. Three agents and each trigger are processes
 * of their own, with exactly the permissions that their executables have. Then an attacker holds
 * the queue and tries to have commands run. Everything is in a folder that is removed at the end.
 * @module
 */
import { attack } from "./demo/attack.ts";
import { openStage, type Stage } from "./demo/stage.ts";

const AGENTS = ["web1", "web2", "db1"];

if (import.meta.main) Deno.exit(await demo());

/** The hub dies in the middle of a command; the command, its output and its end do not. */
async function pullThePlug(stage: Stage): Promise<void> {
  stage.say("A hub that stays. It is killed in the middle of a command and started again:");
  const kill = await stage.hub();
  const line = "echo begun; sleep 3; echo ended";
  const running = stage.startTrigger("run", "-w", "web[1-2]", ...stage.hubOption, "--shell", line);
  await running.begun;
  await kill();
  const killAgain = await stage.hub();
  await running.ended;
  await killAgain();
}

async function demo(): Promise<number> {
  await using stage = await openStage();
  stage.say("The operator's key is made at first use; agents of the same user trust it.");
  await stage.trigger("key");
  stage.say(`Three agents dial ${stage.url} and wait for a queue to appear there.`);
  await Promise.all(AGENTS.map((name) => stage.agent(name)));
  stage.say("One host, as the first program did it, but signed and with an answer:");
  await stage.trigger("--host=web1", "--command=echo $NANOEXEC_HOST; uptime", ...stage.listen);
  stage.say("All of them:");
  await stage.trigger("--host=ALL", "--command=echo $NANOEXEC_HOST; uptime", ...stage.listen);
  stage.say("Some of them, without a shell, equal answers folded:");
  await stage.trigger("run", "-w", "web[1-2]", "-b", ...stage.listen, "--", "uname", "-sr");
  stage.say("A host that is not there is not passed over in silence:");
  await stage.trigger("run", "-w", "web[1-3]", "-b", "-t", "3", ...stage.listen, "--", "true");
  await pullThePlug(stage);
  stage.say("Now an attacker has the queue. He was given one signed command, and has no key:");
  return await attack(stage) ? 0 : 1;
}
