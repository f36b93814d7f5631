/** Which principal may do what: statements of every role, user and resource policy of the graph, and the wildcards among them. */

import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { layerOf, managed } from "../inventory";
import type { IamPrincipal, IamReport, IamStatement, IamWildcard } from "../plan";
import { listOf, recordOf, textOf } from "../read-inputs";

/** Everything that policies of the graph allow or deny. */
export function iamReport(graph: ResourceGraph): IamReport {
  const principals = managed(graph)
    .filter((resource) => resource.type === "aws:iam/role:Role" || resource.type === "aws:iam/user:User")
    .map((resource) => principalOf(graph, resource))
    .sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return { principals, wildcards: principals.flatMap(wildcardsOf) };
}

function principalOf(graph: ResourceGraph, principal: RecordedResource): IamPrincipal {
  const attachments = graph.resources.filter(
    (resource) => isFor(principal, resource) && /^aws:iam\/(role|user)PolicyAttachment:/.test(resource.type),
  );
  const arns = [
    ...attachments.map((attachment) => textOf(attachment.inputs.policyArn)),
    ...listOf(principal.inputs.managedPolicyArns).map((arn) => textOf(arn)),
  ];
  const own = graph.ofType("aws:iam/policy:Policy").filter((policy) => arns.includes(textOf(policy.outputs.arn)));
  const documents = [
    ...graph.resources
      .filter((resource) => isFor(principal, resource) && /^aws:iam\/(role|user)Policy:/.test(resource.type))
      .map((resource) => resource.inputs.policy),
    ...listOf(principal.inputs.inlinePolicies).map((inline) => recordOf(inline).policy),
    ...own.map((policy) => policy.inputs.policy),
  ];
  return {
    urn: principal.urn,
    name: principal.name,
    layer: layerOf(graph, principal),
    trusts: [...new Set(trusted(principal.inputs.assumeRolePolicy))].sort(),
    statements: documents.flatMap(statementsOf),
    managedPolicies: arns.filter((arn) => arn.includes("::aws:policy/")).sort(),
  };
}

/** True when a policy resource names `principal` as its role or user. */
function isFor(principal: RecordedResource, resource: RecordedResource): boolean {
  const named = principal.type === "aws:iam/role:Role" ? resource.inputs.role : resource.inputs.user;
  return typeof named === "string" && [principal.id, principal.outputs.name, principal.outputs.arn].includes(named);
}

/** Statements of a policy document, given as JSON text or as an object; none for what is no document. */
export function statementsOf(document: unknown): IamStatement[] {
  return rawStatements(document).map((statement) => ({
    ...(typeof statement.Sid === "string" ? { sid: statement.Sid } : {}),
    effect: statement.Effect === "Deny" ? "Deny" : "Allow",
    actions: texts(statement.Action ?? statement.NotAction),
    resources: texts(statement.Resource ?? statement.NotResource),
    ...(statement.Condition === undefined ? {} : { conditions: statement.Condition }),
    inverted: statement.NotAction !== undefined || statement.NotResource !== undefined,
  }));
}

/** The statements of a document as they are written. */
export function rawStatements(document: unknown): Record<string, unknown>[] {
  const parsed = typeof document === "string" ? parsedJson(document) : document;
  const statements = recordOf(parsed).Statement;
  return (Array.isArray(statements) ? statements : statements === undefined ? [] : [statements]).map(recordOf);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function trusted(document: unknown): string[] {
  return rawStatements(document).flatMap((statement) => {
    if (statement.Principal === "*") return ["*"];
    return Object.values(recordOf(statement.Principal)).flatMap(texts);
  });
}

/** A text or a list of texts as a list. */
export function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).filter((each): each is string => typeof each === "string");
}

function wildcardsOf(principal: IamPrincipal): IamWildcard[] {
  return principal.statements
    .filter(
      (statement) =>
        statement.effect === "Allow" && (statement.inverted || statement.actions.some(isWideAction) || statement.resources.includes("*")),
    )
    .map((statement) => ({
      urn: principal.urn,
      name: principal.name,
      ...(statement.sid === undefined ? {} : { sid: statement.sid }),
      actions: statement.actions,
      resources: statement.resources,
      conditioned: statement.conditions !== undefined,
    }));
}

/** `*`, `s3:*`: an action that grows when AWS adds to the service. `s3:GetObject*` names one kind of call and is not one. */
export function isWideAction(action: string): boolean {
  return action === "*" || /^[a-z0-9-]+:\*$/i.test(action);
}
