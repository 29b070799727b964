/**
 * A program that opens the journal at its first argument, lets it checkpoint once, keeps a copy of
 * the write-ahead log, accepts a request `a`, and is killed.
 * @module
 */
import { Journal } from "../../../lib/agent/records/journal.ts";

const [path = ""] = Deno.args;
const journal = new Journal({ path });
for (let i = 0; i < 1_500; i++) journal.acknowledged(`unknown-${i}`);
Deno.copyFileSync(`${path}-wal`, `${path}-wal-copy`);
journal.accept({ id: "a", digest: "a", issued: Date.now(), expires: Date.now() + 1e6 });
Deno.kill(Deno.pid, "SIGKILL");
