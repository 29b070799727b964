/**
 * A program of a few lines that takes the place of both main programs where executables are tested.
 * As agent and trigger it speaks one line over TCP; otherwise it does what its first argument says.
 * @module
 */

import { createConnection, createServer } from "node:net";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { checkServerIdentity } from "node:tls";
import { parseSync } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import { getLogger } from "@logtape/logtape";
import { baked } from "../../lib/cli/baked.ts";

const [first = "", ...args] = Deno.args.slice(Deno.args[0] === "--user" ? 2 : 0);

switch (first) {
  case "--version":
    console.log("stand-in 1.2.3");
    break;
  case "--insecure":
    await (args.some((arg) => arg.startsWith("--listen=")) ? trigger() : agent());
    break;
  case "arguments":
    console.log(JSON.stringify(args));
    break;
  case "built-ins and packages":
    console.log(JSON.stringify([
      new DatabaseSync(":memory:").prepare("SELECT 6 * 7 AS answer").get()?.answer,
      typeof checkServerIdentity,
      parseSync(option("-x"), ["-x"]),
      getLogger("a").category,
    ]));
    break;
  case "baked":
    console.log(JSON.stringify(baked));
    break;
  case "identity":
    console.log(JSON.stringify([Deno.uid(), Deno.gid(), process.getgroups?.()]));
    break;
  case "forbidden":
    console.log(JSON.stringify(await Promise.all(args.map(attempt))));
    break;
  case "fail":
    Deno.exit(7);
    break;
  case "wait":
    console.log("waiting");
    setInterval(() => {}, 60_000);
    break;
}

/** Connects, takes one command, and runs it. */
async function agent(): Promise<void> {
  const { hostname: host, port } = new URL(args.at(-1) ?? "");
  for (;;) {
    const command = await receive(host, Number(port));
    if (command === "") await new Promise((resolve) => setTimeout(resolve, 20));
    else await new Deno.Command("/bin/sh", { args: ["-c", command] }).output();
  }
}

function receive(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    createConnection({ host, port }, () => {}).on("data", (chunk) => text += chunk)
      .on("error", () => {}).on("close", () => resolve(text));
  });
}

/** Waits for one connection, sends the command there, and ends. */
function trigger(): Promise<void> {
  const value = (name: string) =>
    args.find((arg) => arg.startsWith(name))?.slice(name.length) ?? "";
  const { hostname, port } = new URL(value("--listen="));
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.end(value("--command="));
      server.close(() => resolve());
    });
    server.listen(Number(port), hostname);
  });
}

/** Tries something that needs a permission; says whether it was denied. */
async function attempt(what: string): Promise<string> {
  try {
    if (what === "read") await Deno.readTextFile("/etc/passwd");
    if (what === "env") Deno.env.get("SECRET");
    if (what === "run") await new Deno.Command("/bin/true").output();
    // deno-lint-ignore nanoexec/layers -- it must not succeed
    if (what === "import") await import(`${args.at(-1)}`);
    return "allowed";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
