/**
 * `nanotrigger copy`: copies local files and folders to many hosts.
 * @module
 */
import type { Run } from "../../envelope/statements/request.ts";
import { copyCommand } from "../../trigger/requests/copy_script.ts";
import { requireCapabilities } from "../../trigger/requests/capability_check.ts";
import { prepareStreamed } from "../../trigger/requests/submission.ts";
import { CopyReplies } from "../present/copy_replies.ts";
import { type CopySource, openLocalFile, openLocalFolder } from "../files/copy_source.ts";
import { refuseSameNames } from "../args/usage_checks.ts";
import type { CopyChoice, CopyOptions } from "./copy_options.ts";
import { CommandResources, groupSourcesWithJobs } from "../session/command_resources.ts";
import { readTarget } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { executeRequestWithInput } from "../session/execute_request.ts";
import { forEachFile, transferRequest } from "../session/file_transfer.ts";
import { rolloutPlanFor } from "../session/staged_run.ts";
import { withHosts } from "../session/with_hosts.ts";

/** Copies the files one after another; resolves with the exit status. */
export async function copyFiles(options: CopyOptions, terminal: Terminal): Promise<number> {
  await using resources = new CommandResources(options, terminal);
  const target = await readTarget(options.target, groupSourcesWithJobs(resources));
  using files = new DisposableStack();
  const opened: CopySource[] = [];
  for (const path of options.files) opened.push(files.use(await openLocal(path, options.transfer)));
  refuseSameNames(opened.map(({ name }) => name), "copy them to different folders");
  const key = await resources.key();
  const needs = { ...options, insecure: false, execution: options.transfer };
  return await withHosts({ target, key, options: needs }, resources, async (context) => {
    const plan = rolloutPlanFor(context.nodes, options);
    const request = { ...transferRequest(options, { ...context, plan }), maxOutput: MAX_OUTPUT };
    await requireCapabilities({ ...request, input: opened }, context.nodes, context.queue);
    return await forEachFile(opened, { ...context, options }, async (file) => {
      const replies = new CopyReplies(file);
      const prepared = prepareStreamed(
        { ...request, run: copyRun(file, options.transfer) },
        [key],
        {
          source: file.source,
          bytesPerSecond: options.transfer.limitRate,
          startOf: (node) => replies.resumeOffsetOf(node),
        },
      );
      const wrapPresenter = replies.wrapPresenter.bind(replies);
      const run = { ...context, options, plan, wrapPresenter };
      return await executeRequestWithInput(file.source, prepared, run);
    });
  });
}

async function openLocal(path: string, { recursive, preserve }: CopyChoice): Promise<CopySource> {
  const isFolder = recursive && (await Deno.stat(path).catch(() => undefined))?.isDirectory;
  return isFolder ? await openLocalFolder(path, { preserve }) : await openLocalFile(path);
}

/** Agents print only short replies to a copy. */
const MAX_OUTPUT = 65_536;

function copyRun(file: CopySource, { dest, owner, mode, preserve }: CopyChoice): Run {
  const own = (file.mode & 0o777).toString(8);
  const argv = copyCommand({
    ...file,
    dest,
    owner,
    newMode: (file.mode & 0o755).toString(8),
    mode: mode ?? (preserve ? own : undefined),
    modifiedMs: preserve ? file.modifiedMs : undefined,
  });
  return { kind: "argv", argv };
}
