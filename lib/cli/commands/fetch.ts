/**
 * `nanotrigger fetch`: have files of many hosts written here.
 * @module
 */
import { prepareRequest } from "../../trigger/requests/submission.ts";
import { UserError } from "../errors.ts";
import { FetchedFiles } from "../fetched_files.ts";
import { reasonOf } from "../named_file.ts";
import { openOperatorKey } from "../operator_key.ts";
import type { FetchOptions, RemoteFile } from "../options/fetch.ts";
import { findPlaces } from "../places.ts";
import { groupsAndJobs } from "../past_jobs.ts";
import { readTarget } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { carryOut } from "./carry_out.ts";
import { oneAfterAnother } from "./one_after_another.ts";
import { planFor } from "./staged_run.ts";
import { transferWish } from "./transfer_wish.ts";
import { withHosts } from "./with_hosts.ts";

/** Fetches the files, one after another; resolves with the exit status. */
export async function fetchFiles(options: FetchOptions, terminal: Terminal): Promise<number> {
  const { files, transfer: { dest, maxBytes } } = options;
  const places = findPlaces();
  const target = await readTarget(options.target, groupsAndJobs(options, terminal));
  const key = await openOperatorKey(options, places, terminal);
  const needs = { ...options, insecure: false, execution: options.transfer };
  return await withHosts({ target, key, options: needs }, terminal, async (place) => {
    await checkFolder(dest, { files, nodes: place.nodes });
    const plan = planFor(place.nodes, options);
    const wish = transferWish(options, { ...place, plan });
    return await oneAfterAnother(files, { ...place, options }, async ({ path, name }) => {
      await using fetched = new FetchedFiles({ folder: dest, name, maxBytes });
      const run = { kind: "argv", argv: ["cat", path] } as const;
      const order = prepareRequest({ ...wish, run }, [key]);
      const showing = fetched.showing.bind(fetched);
      return await carryOut(order, { ...place, options, plan, showing });
    });
  });
}

/** Whether every host can have its files in `folder`, before any of them is asked. */
async function checkFolder(
  folder: string,
  wanted: { readonly files: readonly RemoteFile[]; readonly nodes: readonly string[] },
): Promise<void> {
  const names = new Set(
    wanted.files.flatMap(({ name }) => wanted.nodes.map((node) => `${name}.${node}`)),
  );
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!names.has(name) || isFile) continue;
      throw new UserError(`${folder}/${name} is no regular file`, { hint: "move it away" });
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (!(cause instanceof Deno.errors.NotFound)) {
      throw new UserError(`cannot write to ${folder}: ${reasonOf(cause)}`, { cause });
    }
    throw new UserError(`there is no folder ${folder}`, { cause, hint: `mkdir -p ${folder}` });
  }
}
