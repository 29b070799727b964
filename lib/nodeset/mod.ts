/**
 * Targets: expressions that select nodes. The public interface of `lib/nodeset`; holds re-exports
 * only.
 *
 * An option such as `-w` goes through `parseTarget(text, { syntax: "set" })`. Before signing,
 * `resolveGroups(target, lookup)` replaces groups and `printTarget(target)` gives the text that is
 * signed. The agent calls `matchesTarget(parseSignedTarget(text), { name, facts })`.
 * @module
 */

export { GroupError, TargetError, UnresolvedTargetError } from "./parsing/errors.ts";
export {
  type FactCondition,
  type FactOperator,
  parseFactCondition,
} from "./targets/fact_condition.ts";
export { parseGroupList } from "./targets/target_parser.ts";
export {
  ALL_NODES,
  combineTargets,
  excludeNodes,
  NO_NODES,
  type Target,
  targetOfNames,
} from "./targets/target.ts";
export {
  listedNodes,
  matchesTarget,
  selectNodes,
  type TargetNode,
} from "./targets/target_match.ts";
export { type ParseOptions, parseTarget } from "./targets/target_parser.ts";
export { parseSignedTarget, printTarget } from "./targets/canonical_target.ts";
export { type GroupLookup, resolveGroups } from "./targets/resolve_groups.ts";
export type { TargetSyntax } from "./targets/target_parser.ts";
export { isNoNodes, uniteTargets } from "./targets/target.ts";
export { parseNodeSetList } from "./targets/node_set_file.ts";
