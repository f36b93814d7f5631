/** What the REST variant of the account API has that an HTTP API has not, and its definition as API Gateway imports it. */

import * as pulumi from "@pulumi/pulumi";
import { type Fault, originHeader, type WebAclChoice, webAclFaults, wholeNumberFaults } from "../foundation";
import type { AuthorizerFunction } from "./api-ingress";
import { type ApiRoute, accountLimit } from "./api-routes";

/** Sizes of a stage's cache, GiB (API Gateway API, Stage `cacheClusterSize`). */
export const cacheSizes = ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"] as const;

/** How much callers of one kind may ask for. The authorizer names a caller's plan by returning its key as `usageIdentifierKey`. */
export interface UsagePlan {
  /** Requests a second, and at once. */
  rate: number;
  burst: number;
  /** @default no limit of a day */
  requestsPerDay?: number;
}

/** What may be chosen of the REST variant. */
export interface RestChoice {
  /** Account that the load balancer in front writes its logs for. */
  accountId: pulumi.Input<string>;
  /** Remembers answers of routes that say for how long (`cacheSeconds`), by session and encrypted. @default no cache */
  cacheGib?: (typeof cacheSizes)[number];
  /** Plans by name. Plain, since it decides how many children exist. @default none */
  usagePlans?: Readonly<Record<string, UsagePlan>>;
  /** Rates, sizes and countries of the stages' firewall. @default {@link WebAclChoice} */
  firewall?: WebAclChoice;
  /** API Gateway logs with one role in an account and region: whether it is made here, or is there. @default "create" */
  logRole?: "create" | "adopt";
}

export function restChoiceFaults(path: string, choice: RestChoice, routes: Readonly<Record<string, ApiRoute>>): Fault[] {
  const faults = webAclFaults(`${path}.firewall`, choice.firewall ?? {});
  if (choice.cacheGib !== undefined && !cacheSizes.includes(choice.cacheGib)) {
    faults.push({ path: `${path}.cacheGib`, given: choice.cacheGib, allowed: `one of ${cacheSizes.join(", ")}`, fix: 'use "0.5"' });
  }
  if (choice.cacheGib !== undefined && !Object.values(routes).some((route) => route.cacheSeconds !== undefined)) {
    const allowed = "a cache where a route says for how long its answers are remembered";
    faults.push({
      path: `${path}.cacheGib`,
      given: choice.cacheGib,
      allowed,
      fix: "give a GET route cacheSeconds, or leave the cache out",
    });
  }
  for (const [name, plan] of Object.entries(choice.usagePlans ?? {})) {
    const at = `${path}.usagePlans["${name}"]`;
    if (!/^[a-z][a-z0-9-]{0,19}$/.test(name)) {
      const allowed = "up to 20 lower-case letters, digits and hyphens, as children are named after it";
      faults.push({ path: at, given: name, allowed, fix: "rename the plan" });
    }
    faults.push(...wholeNumberFaults(`${at}.rate`, plan.rate, 1, accountLimit.rate, "lower it", "the account's own limit"));
    faults.push(...wholeNumberFaults(`${at}.burst`, plan.burst, 1, accountLimit.burst, "lower it", "the account's own limit"));
    faults.push(...wholeNumberFaults(`${at}.requestsPerDay`, plan.requestsPerDay, 1, 2_147_483_647, "leave it out for no limit"));
  }
  return faults;
}

/** The name of a header as a parameter of the request. */
const header = (name: string) => `method.request.header.${name}`;

/** The method of OpenAPI for a route's. */
const methodOf = (route: ApiRoute) => (route.method === "ANY" ? "x-amazon-apigateway-any-method" : route.method.toLowerCase());

export interface RestDefinitionFacts {
  routes: Readonly<Record<string, ApiRoute>>;
  authorizer: AuthorizerFunction;
  authorizationTtlSeconds: number;
  linkId: pulumi.Input<string>;
  loadBalancerArn: pulumi.Input<string>;
  serverName: string;
  /** Callers with a session need a key of a usage plan, which the authorizer returns. */
  planned: boolean;
}

/**
 * The API as OpenAPI with API Gateway's extensions (API Gateway guide, "OpenAPI extensions"): every method asks an authorizer, goes to the services' load balancer
 * through the link, and leaves the origin's secret behind.
 */
export function restDefinition(facts: RestDefinitionFacts): pulumi.Output<string> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of Object.values(facts.routes)) {
    paths[route.path] = { ...paths[route.path], [methodOf(route)]: operation(route, facts) };
  }
  const scheme = (identitySource: string) => ({
    type: "apiKey",
    name: originHeader,
    in: "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
      type: "request",
      authorizerUri: facts.authorizer.invokeArn,
      identitySource,
      authorizerResultTtlInSeconds: facts.authorizationTtlSeconds,
    },
  });
  return pulumi.jsonStringify({
    openapi: "3.0.1",
    info: { title: "Account API", version: "1" },
    "x-amazon-apigateway-api-key-source": facts.planned ? "AUTHORIZER" : "HEADER",
    paths,
    components: {
      securitySchemes: {
        origin: scheme(header(originHeader)),
        session: scheme(`${header(originHeader)}, ${header("Authorization")}`),
        ...(facts.planned ? { plan: { type: "apiKey", name: "x-api-key", in: "header" } } : {}),
      },
    },
  });
}

function operation(route: ApiRoute, facts: RestDefinitionFacts): object {
  const caller = route.caller ?? "session";
  const segments = [...route.path.matchAll(/\{([A-Za-z0-9._-]+)\+?\}/g)].map(([, name]) => name);
  // An answer is remembered for one session and one query path, never for another caller.
  const cached = route.cacheSeconds !== undefined;
  const keys = [...segments.map((name) => `method.request.path.${name}`), ...(caller === "session" ? [header("Authorization")] : [])];
  return {
    security: [caller === "session" && facts.planned ? { session: [], plan: [] } : { [caller]: [] }],
    parameters: [
      ...segments.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      ...(cached && caller === "session" ? [{ name: "Authorization", in: "header", required: true, schema: { type: "string" } }] : []),
    ],
    responses: { default: { description: "The service's answer" } },
    "x-amazon-apigateway-integration": {
      type: "http_proxy",
      httpMethod: route.method,
      uri: `https://${facts.serverName}${route.path.replaceAll("+}", "}")}`,
      connectionType: "VPC_LINK",
      connectionId: facts.linkId,
      integrationTarget: facts.loadBalancerArn,
      timeoutInMillis: 10_000,
      tlsConfig: { insecureSkipVerification: false },
      requestParameters: {
        ...Object.fromEntries(segments.map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`])),
        // The secret stays between CloudFront and the authorizer.
        [`integration.request.header.${originHeader}`]: "''",
      },
      ...(cached ? { cacheKeyParameters: keys } : {}),
    },
  };
}

/** How method settings name a route (API Gateway API, UpdateStage: slashes are written `~1`). */
export function methodPathOf(route: ApiRoute): string {
  return `${route.path.replace(/^\//, "").replaceAll("/", "~1")}/${route.method}`;
}
