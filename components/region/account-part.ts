/** The account API of a region: the API, the function that decides who may call it, and the load balancer inside the network before the users' pods. */

import * as pulumi from "@pulumi/pulumi";
import type { AlarmTarget, HostedZoneRef, NetworkRef, Protection, SecretRef, Tags, TargetGroupRef } from "../foundation";
import {
  ApiAuthorizer,
  type ApiAuthorizerArgs,
  ApiIngress,
  type ApiIngressArgs,
  type ApiRoute,
  accountRoutes,
  ServiceBalancer,
} from "../ingress";
import { catalog, type StoreRefs } from "../services";
import type { RegionDataRef } from "./region-layers";

/** What the account API is made of. */
export interface AccountFacts {
  name: string;
  accountId: pulumi.Input<string>;
  region: string;
  zone: HostedZoneRef;
  network: NetworkRef;
  /** Security group of services, which stores admit. */
  serviceGroupId: pulumi.Input<string>;
  /** Security group of pods. */
  podGroupId: pulumi.Input<string>;
  certificateArn: pulumi.Input<string>;
  image: pulumi.Input<string>;
  keys: RegionDataRef["keys"];
  stores: StoreRefs;
  originSecret: SecretRef;
  alarms: AlarmTarget;
  /** Whether other regions answer the host too, and this one is the home region. @default it answers alone */
  place?: "primary" | "secondary";
  protection?: Protection;
  tags?: Tags;
  over?: { api?: Partial<ApiIngressArgs>; authorizer?: Partial<ApiAuthorizerArgs> };
}

/** Path that the users' process answers while it takes requests (`workloads/services/users`). */
const healthPath = "/account/v1/ping";

export interface AccountPart {
  api: ApiIngress;
  authorizer: ApiAuthorizer;
  /** What the users' pods join. */
  targetGroup: TargetGroupRef;
}

export function createAccountPart(facts: AccountFacts, inside: pulumi.ComponentResourceOptions): AccountPart {
  const { name, accountId, region, zone, network, certificateArn, keys, alarms, protection, tags, over } = facts;
  const logKey = keys.log;
  const balancer = new ServiceBalancer(
    `${name}-account`,
    {
      network,
      accountId,
      serverName: `account-services.${zone.domain}`,
      certificateArn,
      targetPort: catalog.users.port,
      healthPath,
      targetSecurityGroupId: facts.podGroupId,
      alarms,
      protection,
      tags,
    },
    inside,
  );
  const authorizer = new ApiAuthorizer(
    `${name}-authorizer`,
    {
      accountId,
      region,
      image: facts.image,
      network,
      clientGroupId: facts.serviceGroupId,
      ...readsUsers(facts.stores, over?.api?.routes ?? accountRoutes),
      originSecret: facts.originSecret,
      key: keys.secret,
      logKey,
      alarms,
      tags,
      ...over?.authorizer,
    },
    inside,
  );
  // Users are written in the home region alone: the database of another is a copy, which readers answer for.
  const alarmName = facts.place === "primary" ? { alarmName: balancer.alarmName } : {};
  const failover = facts.place === undefined ? undefined : { place: facts.place, ...alarmName };
  const api = new ApiIngress(
    `${name}-account-api`,
    { network, zone, region, certificateArn, authorizer, target: balancer.target, failover, logKey, protection, tags, ...over?.api },
    inside,
  );
  return { api, authorizer, targetGroup: balancer.targetGroup };
}

/** Variables and rights of a process that reads the sessions of users. */
function readsUsers({ sql }: StoreRefs, routes: Readonly<Record<string, ApiRoute>>): Pick<ApiAuthorizerArgs, "environment" | "statements"> {
  const user = "users";
  const open = Object.values(routes).filter(({ caller }) => caller === "origin");
  return {
    environment: {
      ...sql!.environment,
      BOURSE_OPEN_ROUTES: open.map(({ method, path }) => `${method} ${path}`).join(","),
      BOURSE_SQL_URL: pulumi
        .output(sql!.environment.BOURSE_SQL_URL)
        .apply((url) => url.replace("{user}", user).replace("{database}", user)),
    },
    statements: [{ Effect: "Allow", Action: "rds-db:connect", Resource: sql!.arns.map((arn) => pulumi.interpolate`${arn}/${user}`) }],
  };
}
