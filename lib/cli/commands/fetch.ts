/**
 * `nanotrigger fetch`: fetches files from many hosts into a local folder.
 * @module
 */
import { requireCapabilities } from "../../trigger/requests/capability_check.ts";
import { prepareRequest } from "../../trigger/requests/submission.ts";
import { UserError } from "../../base/errors.ts";
import { FetchedFiles } from "../present/fetched_files.ts";
import { fileErrorText } from "../files/input_file.ts";
import type { FetchOptions, RemoteFile } from "./fetch_options.ts";
import { CommandResources, groupSourcesWithJobs } from "../session/command_resources.ts";
import { readTarget } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { executeRequest } from "../session/execute_request.ts";
import { forEachFile, transferRequest } from "../session/file_transfer.ts";
import { rolloutPlanFor } from "../session/staged_run.ts";
import { withHosts } from "../session/with_hosts.ts";

/** Fetches the files one after another; resolves with the exit status. */
export async function fetchFiles(options: FetchOptions, terminal: Terminal): Promise<number> {
  const { files, transfer: { dest, maxBytes } } = options;
  await using resources = new CommandResources(options, terminal);
  const target = await readTarget(options.target, groupSourcesWithJobs(resources));
  const key = await resources.key();
  const needs = { ...options, insecure: false, execution: options.transfer };
  return await withHosts({ target, key, options: needs }, resources, async (context) => {
    await checkFolder(dest, { files, nodes: context.nodes });
    const plan = rolloutPlanFor(context.nodes, options);
    const request = transferRequest(options, { ...context, plan });
    await requireCapabilities(request, context.nodes, context.queue);
    return await forEachFile(files, { ...context, options }, async ({ path, name }) => {
      await using fetched = new FetchedFiles({ folder: dest, name, maxBytes });
      const run = { kind: "argv", argv: ["cat", path] } as const;
      const prepared = prepareRequest({ ...request, run }, [key]);
      const wrapPresenter = fetched.wrapPresenter.bind(fetched);
      return await executeRequest(prepared, { ...context, options, plan, wrapPresenter });
    });
  });
}

/** Checks that `folder` can hold the files of every host, before any host is asked. */
async function checkFolder(
  folder: string,
  expected: { readonly files: readonly RemoteFile[]; readonly nodes: readonly string[] },
): Promise<void> {
  const names = new Set(
    expected.files.flatMap(({ name }) => expected.nodes.map((node) => `${name}.${node}`)),
  );
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!names.has(name) || isFile) continue;
      throw new UserError(`${folder}/${name} is not a regular file`, { hint: "move or remove it" });
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (!(cause instanceof Deno.errors.NotFound)) {
      throw new UserError(`cannot write to ${folder}: ${fileErrorText(cause)}`, { cause });
    }
    throw new UserError(`no such folder: ${folder}`, {
      cause,
      hint: `create it: mkdir -p ${folder}`,
    });
  }
}
