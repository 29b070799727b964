/**
 * `deno task demo`: shows nanoexec on one machine. Three agents and each nanotrigger are processes
 * with the permissions of their executables. Then an attacker takes the place of the hub and tries
 * to run commands. All files are in a folder that is removed at the end.
 * @module
 */
import { attack } from "./demo/attack.ts";
import { type DemoSetup, openDemoSetup } from "./demo/setup.ts";

const AGENTS = ["web1", "web2", "db1"];

if (import.meta.main) Deno.exit(await runDemo());

/** Kills the hub in the middle of a command; the command, its output and its result survive. */
async function killHub(demo: DemoSetup): Promise<void> {
  demo.heading("A hub that runs by itself. It is killed during a command and started again:");
  const kill = await demo.hub();
  const line = "echo begun; sleep 3; echo ended";
  const running = demo.startTrigger("run", "-w", "web[1-2]", ...demo.hubOption, "--shell", line);
  await running.begun;
  await kill();
  const killAgain = await demo.hub();
  await running.ended;
  await killAgain();
}

async function runDemo(): Promise<number> {
  await using demo = await openDemoSetup();
  demo.heading("The operator's key is made at first use. Agents of the same user trust it.");
  await demo.trigger("key");
  demo.heading(`Three agents dial ${demo.url} and wait for a hub there.`);
  await Promise.all(AGENTS.map((name) => demo.agent(name)));
  demo.heading("Run a command on one host:");
  await demo.trigger("--host=web1", "--command=echo $NANOEXEC_HOST; uptime", ...demo.listen);
  demo.heading("Run it on all hosts:");
  await demo.trigger("--host=ALL", "--command=echo $NANOEXEC_HOST; uptime", ...demo.listen);
  demo.heading("Run a command on two hosts, without a shell, with equal output folded:");
  await demo.trigger("run", "-w", "web[1-2]", "-b", ...demo.listen, "--", "uname", "-sr");
  demo.heading("A detached host is reported:");
  await demo.trigger("run", "-w", "web[1-3]", "-b", "-t", "3", ...demo.listen, "--", "true");
  await killHub(demo);
  demo.heading("Now an attacker runs the hub, with one signed command and no trusted key:");
  return await attack(demo) ? 0 : 1;
}
