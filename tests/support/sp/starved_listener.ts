/**
 * A program for a test: listens as PUB on the URL in its arguments, prints the URL that reaches it,
 * and runs until its standard input ends.
 * @module
 */
import { listen, Pub, tcp } from "../../../lib/sp/mod.ts";

const [url = ""] = Deno.args;
await using listener = await listen(url, { patterns: [new Pub()], transports: [tcp] });
console.log(listener.url);
for await (const _ of Deno.stdin.readable);
