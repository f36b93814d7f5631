/** The store of limits that gateways share, named by URL: Redis in cluster mode. */

import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { SignatureV4 } from "@smithy/signature-v4";
import type { LeaseStore } from "../stores/leases/port";
import { openRedisLeases } from "../stores/leases/redis";
import { type Environment, loopback } from "./environment";

const allowedUrl = "redis://host:port on the loopback, or rediss://user@host:port without a password";
const allowedSignIn = 'none, or "iam:" with the id of an ElastiCache replication group';

/** Seconds that a token is good for, the most that ElastiCache takes (ElastiCache guide, "Authenticating with IAM"). */
const tokenSeconds = 900;

/** Reads BOURSE_REDIS_URL and BOURSE_REDIS_SIGN_IN. Undefined when no URL is given. */
export function readLeases(environment: Environment): ((onError: (error: Error) => void) => LeaseStore) | undefined {
  const text = environment.optional("BOURSE_REDIS_URL");
  const signIn = environment.text("BOURSE_REDIS_SIGN_IN", allowedSignIn, "none");
  const [, group] = /^iam:([a-z][a-z0-9-]{0,39})$/.exec(signIn) ?? [];
  if (signIn !== "none" && group === undefined) environment.fault("BOURSE_REDIS_SIGN_IN", allowedSignIn);
  const region = environment.optional("AWS_REGION");
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const secure = url?.protocol === "rediss:";
  const valid = url !== null && (secure || (url.protocol === "redis:" && loopback.includes(url.hostname)));
  if (!valid || url.hostname === "" || url.password !== "" || (group !== undefined && url.username === "")) {
    environment.secretFault("BOURSE_REDIS_URL", allowedUrl);
    return undefined;
  }
  const username = url.username === "" ? undefined : decodeURIComponent(url.username);
  const { hostname: host } = url;
  const port = url.port === "" ? 6379 : Number(url.port);
  const tls = secure ? {} : undefined;
  const password = group === undefined ? undefined : () => elastiCacheToken(region, group, username ?? "");
  return (onError) => openRedisLeases({ host, port, tls, username, password, onError });
}

/** A token of this process's role for a user of a replication group; credentials are those of the AWS SDK. Signed here, without a call to ElastiCache. */
export async function elastiCacheToken(region: string | undefined, group: string, user: string): Promise<string> {
  // EKS and ECS set it in every pod and task; without it the gateway counts alone.
  if (region === undefined) throw new Error("there is no token for Redis: AWS_REGION is not set");
  const signer = new SignatureV4({ service: "elasticache", region, credentials: fromNodeProviderChain(), sha256: Sha256 });
  const request = new HttpRequest({
    method: "GET",
    protocol: "http:",
    hostname: group,
    path: "/",
    query: { Action: "connect", User: user },
    headers: { host: group },
  });
  const { query = {} } = await signer.presign(request, { expiresIn: tokenSeconds });
  return `${group}/?${new URLSearchParams(query as Record<string, string>)}`;
}
