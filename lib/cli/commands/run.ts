/**
 * `nanotrigger run` and `nanotrigger --host=HOST --command=LINE`: signs a command, has it run on
 * hosts, and shows the results. With `--save` the signed request goes into a file instead.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import { MAX_OUTPUT_BYTES, type Run } from "../../envelope/statements/request.ts";
import type { Target } from "../../nodeset/mod.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { requireCapabilities } from "../../trigger/requests/capability_check.ts";
import {
  prepareRequest,
  prepareStreamed,
  type RequestSpec,
  signRequest,
} from "../../trigger/requests/submission.ts";
import type { RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";
import { usesFacts } from "../../trigger/targets/resolve.ts";
import type { CommandLine } from "../args/command.ts";
import { type InputFile, openInputFile } from "../files/input_file.ts";
import { readScript, readSecrets } from "../files/request_attachments.ts";
import { writeRequest } from "../files/request_file.ts";
import { EXIT_OK } from "../process/exit_code.ts";
import {
  executeRequest,
  executeRequestWithInput,
  type RequestExecution,
  submitRequest,
} from "../session/execute_request.ts";
import { CommandResources, groupSourcesWithJobs } from "../session/command_resources.ts";
import { boundedLife, requestLife } from "../session/request_life.ts";
import { rolloutPlanFor } from "../session/staged_run.ts";
import { type HostsContext, withHosts } from "../session/with_hosts.ts";
import { DELIVERY_MS, withQueue } from "../session/with_queue.ts";
import { pickRandomSubset } from "../targets/random_subset.ts";
import { namesIfClosed, readTarget } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { rerunArgs } from "./rerun_args.ts";
import type { CommandChoice, ListHostsOptions, RunOptions } from "./run_options.ts";
import { runUnsigned } from "./run_unsigned.ts";

/** The default of `-u`: the maximum of a request. */
const RUN_MS = 3_600_000;
/** The default of `--valid`. */
const SAVED_LIFE_MS = 3_600_000;
/** The maximum size of each output stream, in bytes, if it is kept in memory. */
const GATHERED_OUTPUT = 1_048_576;

/** Runs the command, or only prints the hosts; resolves with the exit status. */
export async function runRemoteCommand(
  options: RunOptions | ListHostsOptions,
  terminal: Terminal,
  { args }: CommandLine,
): Promise<number> {
  if (options.kind === "list-hosts") return await printTargetHosts(options, terminal);
  return await signAndRun(options, terminal, args);
}

/**
 * Signs the command and runs it with `options`. `args` is the command line. Resolves with the exit
 * status.
 */
async function signAndRun(
  options: RunOptions,
  terminal: Terminal,
  args: readonly string[],
): Promise<number> {
  await using resources = new CommandResources(options, terminal);
  if (options.insecure) {
    return await withQueue(options, resources, (context) => runUnsigned({ ...context, options }));
  }
  const target = await readTarget(options.target, groupSourcesWithJobs(resources));
  const key = await resources.key();
  const request = await requestFor(options, target);
  using input = options.stdin === undefined ? undefined : await openInputFile(options.stdin);
  if (options.save !== undefined) {
    return await saveRequest({ request, key, file: options.save }, terminal);
  }
  const more = { rerunArgs: () => rerunArgs(args), ...(input && { input }) };
  return await withHosts(
    { target, key, options },
    resources,
    (context) => runOnHosts({ options, request, key, ...more }, context),
  );
}

/** A command with the key that signs it. */
export interface SignedRun
  extends Pick<RequestExecution, "rerunArgs" | "rerunText" | "onOutcomes"> {
  /** The parsed options. */
  readonly options: RunOptions;
  /** The request to sign. Its hosts are added later. */
  readonly request: RequestSpec;
  /** The operator's key. */
  readonly key: SecretKey;
  /** The standard input of the commands. */
  readonly input?: InputFile;
}

/** Signs the command and runs it on the hosts of `context`; resolves with the exit status. */
export async function runOnHosts(signedRun: SignedRun, context: HostsContext): Promise<number> {
  const status = await runSigned(signedRun, context);
  const { lateOption, output: { quiet } } = signedRun.options;
  if (status !== EXIT_OK && lateOption !== undefined && !quiet) {
    context.terminal.hint(
      `put ${lateOption} before the command: behind it, it is an argument of the command`,
    );
  }
  return status;
}

async function runSigned(signedRun: SignedRun, context: HostsContext): Promise<number> {
  const { options, key, input, ...rest } = signedRun;
  const plan = rolloutPlanFor(context.nodes, options);
  const request = {
    ...signedRun.request,
    target: context.target,
    lifeMs: lifetimeOf(options, plan),
    ...(plan && { hold: true as const }),
  };
  await requireCapabilities(input ? { ...request, input } : request, context.nodes, context.queue);
  const { queueForMs } = options.execution;
  const run = { ...context, ...rest, options, plan, queueForMs, takesStdin: options.stdin === "-" };
  if (options.async) return await submitRequest(prepareRequest(request, [key]), run);
  if (!input) return await executeRequest(prepareRequest(request, [key]), run);
  const prepared = prepareStreamed(request, [key], { source: input });
  return await executeRequestWithInput(input, prepared, run);
}

/** Prints the folded names of the hosts. Uses no queue if the target lists them. */
async function printTargetHosts(
  options: ListHostsOptions,
  terminal: Terminal,
): Promise<number> {
  await using resources = new CommandResources(options, terminal);
  const groups = groupSourcesWithJobs(resources);
  const target = await readTarget(options.target, groups);
  const needs = { ...options, insecure: false, execution: { deliveryTimeoutMs: undefined } };
  const listed = usesFacts(target) ? undefined : await namesIfClosed(target, groups);
  const all = listed ??
    await withQueue(needs, resources, (context) => context.resolveHosts(target));
  const { nodes } = pickRandomSubset({ nodes: all, target }, options.target.limit, terminal);
  await terminal.print(foldNodes(nodes));
  return EXIT_OK;
}

/** Returns the request for `options` and `target`. Reads the files that the options name. */
export async function requestFor(options: RunOptions, target: Target): Promise<RequestSpec> {
  const { execution: { user, cwd, env, note, runTimeoutMs, splayMs }, dryRun } = options;
  const maxOutput = maxOutputOf(options);
  const secrets = await readSecrets(options.execution.secrets);
  return {
    target,
    lifeMs: lifetimeOf(options),
    run: await requestBody(options.command),
    timeoutMs: runTimeoutMs ?? RUN_MS,
    mode: dryRun ? "check" : "run",
    ...(options.survive && { survive: true }),
    ...(secrets !== undefined && { secrets }),
    ...(options.undoing.undo !== undefined && { undo: options.undoing.undo }),
    ...(splayMs !== undefined && { splayMs }),
    ...(maxOutput !== undefined && { maxOutput }),
    ...(user !== undefined && { user }),
    ...(cwd !== undefined && { cwd }),
    ...(Object.keys(env).length > 0 && { env }),
    ...(note !== undefined && { note }),
  };
}

async function requestBody(command: CommandChoice): Promise<Run> {
  switch (command.kind) {
    case "argv":
      return { kind: "argv", argv: command.argv };
    case "shell":
      return { kind: "shell", command: command.line };
    case "script": {
      const script = await readScript(command.file);
      return { kind: "script", script: script.toBase64(), args: command.args };
    }
    default:
      return command satisfies never;
  }
}

/**
 * Returns the maximum output size in bytes. Output that is shown as it arrives has no limit,
 * because a slow reader slows down the command. A detached command writes to files, which need a
 * limit.
 */
function maxOutputOf({ execution, output: { format }, survive }: RunOptions): number | undefined {
  const streamed = format.kind === "lines" || format.kind === "jsonl";
  const unlimited = survive ? MAX_OUTPUT_BYTES : undefined;
  return execution.maxOutputBytes ?? (streamed ? unlimited : GATHERED_OUTPUT);
}

function lifetimeOf({ save, validMs, execution }: RunOptions, plan?: RolloutPlan): number {
  const { deliveryTimeoutMs = DELIVERY_MS, runTimeoutMs = RUN_MS, splayMs = 0 } = execution;
  const deliverMs = execution.queueForMs ?? deliveryTimeoutMs;
  if (save !== undefined) return boundedLife(validMs ?? SAVED_LIFE_MS, splayMs);
  return requestLife({ deliverMs, runMs: runTimeoutMs, splayMs }, plan);
}

/**
 * Signs a request and writes it to `file`, or to stdout for `-`. Resolves with the exit status.
 * @throws {UserError} if the file exists
 */
export async function saveRequest(
  { request, key, file }: { request: RequestSpec; key: SecretKey; file: string },
  terminal: Terminal,
): Promise<number> {
  if (file !== "-" && await exists(file)) {
    throw new UserError(`file exists: ${file}`, { hint: "choose another file, or remove it" });
  }
  await writeRequest(file, signRequest(request, [key]).envelope, terminal);
  if (file !== "-") {
    terminal.note(`signed request saved to ${file}; send it: nanotrigger send ${file}`);
  }
  return EXIT_OK;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
