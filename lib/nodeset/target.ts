/**
 * Targets: expressions that select nodes. The door to everything about them; re-exports only.
 *
 *     const typed = parseTarget("web[01-20]!@rack4", { syntax: "set" });   // -w
 *     const target = await resolveGroups(typed, lookup);                   // before signing
 *     const text = printTarget(target);                                    // what is signed
 *     matches(parseSignedTarget(text), { name, facts });                   // at the agent
 *
 * @module
 */

export { GroupError, TargetError, UnresolvedTargetError } from "./errors.ts";
export { type FactCondition, type FactOperator, parseFactCondition } from "./fact_condition.ts";
export { parseGroupList } from "./group_list.ts";
export { compose, EVERYBODY, exclude, namesTarget, NOBODY, type Target } from "./target_ast.ts";
export { matches, namedNodes, select, type TargetNode } from "./target_match.ts";
export { type ParseOptions, parseTarget } from "./target_parser.ts";
export { parseSignedTarget, printTarget } from "./target_print.ts";
export { type GroupLookup, resolveGroups } from "./target_resolve.ts";
export type { TargetSyntax } from "./target_term.ts";
export { isNobody, unite } from "./union.ts";
export { parseNodeSets } from "./word_list.ts";
