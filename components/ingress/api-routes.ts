/** Routes of the account API: what there is, who may call it, how often. */

import { type Fault, wholeNumberFaults } from "../foundation";

/** One route of the API. */
export interface ApiRoute {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "ANY";
  /** As API Gateway writes it: `/account/v1/keys/{key}`, or `/account/v1/{proxy+}` for all below. */
  path: string;
  /** `"session"`: a signed-in user; `"origin"`: anybody, but only through CloudFront. @default "session" */
  caller?: "session" | "origin";
  /** Requests a second, over all callers. @default that of the API */
  rate?: number;
  /** Requests at once. @default that of the API */
  burst?: number;
  /** Seconds that an answer to the same caller is remembered: GET routes of a REST API with a cache. @default not at all */
  cacheSeconds?: number;
}

/** What a user does before signing in is slow on purpose; the rest needs a session. */
export const accountRoutes: Readonly<Record<string, ApiRoute>> = {
  register: { method: "POST", path: "/account/v1/users", caller: "origin", rate: 100, burst: 200 },
  confirm: { method: "POST", path: "/account/v1/confirmations", caller: "origin", rate: 100, burst: 200 },
  login: { method: "POST", path: "/account/v1/sessions", caller: "origin", rate: 500, burst: 1000 },
  rest: { method: "ANY", path: "/account/v1/{proxy+}" },
};

/** The account's limit in a region, shared by every API (API Gateway quotas: 10,000 a second, burst 5,000). */
export const accountLimit = { rate: 10_000, burst: 5_000 };

export function routeFaults(path: string, routes: Readonly<Record<string, ApiRoute>>): Fault[] {
  const faults: Fault[] = [];
  const entries = Object.entries(routes);
  // Routes of an HTTP API (API Gateway quotas): 300.
  if (entries.length < 1 || entries.length > 300) {
    faults.push({ path, given: entries.length, allowed: "1 to 300 routes", fix: "leave it out for the routes of the account API" });
  }
  for (const [key, route] of entries) {
    const at = `${path}["${key}"]`;
    if (!/^\/([A-Za-z0-9._~-]+|\{[A-Za-z0-9._-]+\+?\})(\/([A-Za-z0-9._~-]+|\{[A-Za-z0-9._-]+\+?\}))*$/.test(route.path)) {
      const allowed = "segments of letters, digits and .-_~, or a {name}, {name+} last";
      faults.push({ path: `${at}.path`, given: route.path, allowed, fix: "write for example /account/v1/{proxy+}" });
    }
    if (/\+\}.+$/.test(route.path)) {
      faults.push({ path: `${at}.path`, given: route.path, allowed: "{name+} in the last segment alone", fix: "end the path there" });
    }
    for (const field of ["rate", "burst"] as const) {
      const given = route[field];
      if (given === undefined || (given > 0 && given <= accountLimit[field])) continue;
      const allowed = `above 0 and at most ${accountLimit[field]}, the account's own limit`;
      faults.push({ path: `${at}.${field}`, given, allowed, fix: "lower it, or raise the quota and the limit together" });
    }
    if (route.cacheSeconds !== undefined) {
      const fix = "use 5, or leave it out";
      faults.push(...wholeNumberFaults(`${at}.cacheSeconds`, route.cacheSeconds, 1, 3600, fix, "API Gateway, cacheTtlInSeconds"));
      if (route.method !== "GET") {
        const allowed = "GET routes alone: another answer is of one request";
        faults.push({ path: `${at}.cacheSeconds`, given: route.method, allowed, fix: "leave it out" });
      }
    }
    const twin = entries.find(([, other]) => other.method === route.method && other.path === route.path)!;
    if (twin[0] !== key) {
      const given = `${route.method} ${route.path}`;
      faults.push({ path: at, given, allowed: `a method and path that "${twin[0]}" has not`, fix: "remove one of the two" });
    }
  }
  return faults;
}
