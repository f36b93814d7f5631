/** The account API as a REST API: private, cached, planned, behind a firewall on each stage. */

import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  assumedBy,
  BourseComponent,
  policyDocument,
  type Transform,
  transformed,
  WebFirewall,
  type WebFirewallTransform,
} from "../foundation";
import type { ApiIngressArgs } from "./api-ingress";
import type { ApiRoute } from "./api-routes";
import { PrivateFront, type PrivateFrontTransform } from "./private-front";
import { methodPathOf, type RestChoice, restDefinition } from "./rest-choice";

export interface RestApiTransform {
  api?: Transform<aws.apigateway.RestApiArgs>;
  deployment?: Transform<aws.apigateway.DeploymentArgs>;
  stage?: Transform<aws.apigateway.StageArgs>;
  settings?: Transform<aws.apigateway.MethodSettingsArgs>;
  logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
  logRole?: Transform<aws.iam.RoleArgs>;
  logPolicy?: Transform<aws.iam.RolePolicyAttachmentArgs>;
  account?: Transform<aws.apigateway.AccountArgs>;
  plan?: Transform<aws.apigateway.UsagePlanArgs>;
  planKey?: Transform<aws.apigateway.UsagePlanKeyArgs>;
  key?: Transform<aws.apigateway.ApiKeyArgs>;
  domainName?: Transform<aws.apigateway.DomainNameArgs>;
  domainAccess?: Transform<aws.apigateway.DomainNameAccessAssociationArgs>;
  mapping?: Transform<aws.apigateway.BasePathMappingArgs>;
  association?: Transform<aws.wafv2.WebAclAssociationArgs>;
  firewall?: WebFirewallTransform;
  front?: PrivateFrontTransform;
}

/** Arguments of {@link RestApi}; `ApiIngress` makes them and has checked them. */
export interface RestApiArgs extends Omit<ApiIngressArgs, "rest" | "transform" | "routes" | "versions" | "host"> {
  rest: RestChoice;
  routes: Readonly<Record<string, ApiRoute>>;
  versions: readonly string[];
  throttle: { rate: number; burst: number };
  /** Full name of the host. */
  host: string;
  link: aws.apigatewayv2.VpcLink;
  transform?: RestApiTransform;
}

/** Fields of an access log line: enough to find a request, nothing that opens an account (API Gateway guide, "Variables for access logging"). */
const accessLogFields = {
  requestId: "$context.requestId",
  time: "$context.requestTimeEpoch",
  address: "$context.identity.sourceIp",
  route: "$context.resourcePath",
  status: "$context.status",
  latencyMs: "$context.responseLatency",
  integrationLatencyMs: "$context.integrationLatency",
  authorizerStatus: "$context.authorizer.status",
  firewallStatus: "$context.waf.status",
  error: "$context.error.message",
};

/**
 * A private API that one endpoint of the network reaches, a load balancer inside the network in front of the endpoint, and a VPC origin by which CloudFront alone
 * reaches the load balancer. Nothing of it has a public address.
 */
export class RestApi extends BourseComponent {
  readonly apiId: pulumi.Output<string>;
  readonly executionArn: pulumi.Output<string>;
  /** For CloudFront's account origin. */
  readonly vpcOriginId: pulumi.Output<string>;

  constructor(
    name: string,
    private readonly args: RestApiArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bourse:ingress:RestApi", name, args, [], opts);
    const front = new PrivateFront(
      `${name}-front`,
      {
        network: args.network,
        certificateArn: args.certificateArn,
        region: args.region,
        accountId: args.rest.accountId,
        clientAuthorities: args.clientAuthorities,
        protection: args.protection,
        tags: args.tags,
        transform: args.transform?.front,
      },
      { parent: this },
    );
    const body = this.definition();
    const api = this.createApi(body, front);
    const logged = args.rest.logRole === "adopt" ? [] : [this.createLogRole()];
    const deployment = this.createDeployment(api, body);
    const stages = args.versions.map((version) => this.createStage(version, api, deployment, logged));
    this.createDomain(api, stages, front);
    this.guard(stages);
    for (const [plan, limits] of Object.entries(args.rest.usagePlans ?? {})) this.createPlan(plan, limits, api, stages);

    this.apiId = api.id;
    this.executionArn = api.executionArn;
    this.vpcOriginId = front.vpcOriginId;
    this.registerOutputs({ apiId: this.apiId, vpcOriginId: this.vpcOriginId });
  }

  private definition(): pulumi.Output<string> {
    const { args } = this;
    return restDefinition({
      routes: args.routes,
      authorizer: args.authorizer,
      authorizationTtlSeconds: args.authorizationTtlSeconds ?? 5,
      linkId: args.link.id,
      loadBalancerArn: args.target.loadBalancerArn ?? "",
      serverName: args.target.serverName,
      planned: Object.keys(args.rest.usagePlans ?? {}).length > 0,
    });
  }

  private createApi(body: pulumi.Output<string>, front: PrivateFront): aws.apigateway.RestApi {
    const name = `${this.name}-api`;
    const throughFront = { StringNotEquals: { "aws:SourceVpce": front.endpointId } };
    const everything = { Principal: "*" as const, Action: "execute-api:Invoke", Resource: "execute-api:/*" };
    return new aws.apigateway.RestApi(
      ...transformed<aws.apigateway.RestApiArgs>(
        this.args.transform?.api,
        name,
        {
          description: "Registration, login, keys and wallet",
          body,
          endpointConfiguration: { types: "PRIVATE", vpcEndpointIds: [front.endpointId] },
          disableExecuteApiEndpoint: true,
          policy: policyDocument({ Effect: "Allow", ...everything }, { Effect: "Deny", ...everything, Condition: throughFront }),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  /** What is deployed is what the definition says: another one is another deployment, made before the old one is forgotten. */
  private createDeployment(api: aws.apigateway.RestApi, body: pulumi.Output<string>): aws.apigateway.Deployment {
    return new aws.apigateway.Deployment(
      ...transformed<aws.apigateway.DeploymentArgs>(
        this.args.transform?.deployment,
        `${this.name}-deployment`,
        { restApi: api.id, triggers: { definition: body.apply((text) => createHash("sha256").update(text).digest("hex")) } },
        this.childOptions(),
      ),
    );
  }

  private createLogRole(): pulumi.Resource {
    const name = `${this.name}-log-role`;
    const { transform } = this.args;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        transform?.logRole,
        name,
        { assumeRolePolicy: assumedBy("apigateway.amazonaws.com", this.args.rest.accountId), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    const policyArn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";
    const attached = new aws.iam.RolePolicyAttachment(
      ...transformed<aws.iam.RolePolicyAttachmentArgs>(
        transform?.logPolicy,
        `${name}-policy`,
        { role: role.name, policyArn },
        this.childOptions(),
      ),
    );
    return new aws.apigateway.Account(
      ...transformed<aws.apigateway.AccountArgs>(
        transform?.account,
        `${this.name}-account`,
        { cloudwatchRoleArn: role.arn },
        this.childOptions({ dependsOn: [attached] }),
      ),
    );
  }

  private createStage(
    version: string,
    api: aws.apigateway.RestApi,
    deployment: aws.apigateway.Deployment,
    logged: pulumi.Resource[],
  ): aws.apigateway.Stage {
    const { transform, rest, logRetentionDays = 90 } = this.args;
    const name = `${this.name}-${version}`;
    const logGroup = this.createLogGroup(`${version}-logs`, this.args, logRetentionDays);
    const stage = new aws.apigateway.Stage(
      ...transformed<aws.apigateway.StageArgs>(
        transform?.stage,
        name,
        {
          restApi: api.id,
          deployment: deployment.id,
          stageName: version,
          cacheClusterEnabled: rest.cacheGib !== undefined,
          ...(rest.cacheGib === undefined ? {} : { cacheClusterSize: rest.cacheGib }),
          accessLogSettings: { destinationArn: logGroup.arn, format: JSON.stringify(accessLogFields) },
          xrayTracingEnabled: true,
          tags: this.tagsFor(name),
        },
        this.childOptions({ dependsOn: logged }),
      ),
    );
    this.createSettings(`${name}-settings`, "*/*", stage, api, { metricsEnabled: true, ...this.throttle(), cachingEnabled: false });
    for (const [key, route] of Object.entries(this.args.routes)) {
      if (route.rate === undefined && route.burst === undefined && route.cacheSeconds === undefined) continue;
      this.createSettings(`${name}-${key}-settings`, methodPathOf(route), stage, api, {
        metricsEnabled: true,
        ...this.throttle(route),
        cachingEnabled: route.cacheSeconds !== undefined && rest.cacheGib !== undefined,
        ...(route.cacheSeconds === undefined ? {} : { cacheTtlInSeconds: route.cacheSeconds }),
      });
    }
    return stage;
  }

  private throttle(route?: ApiRoute) {
    const { throttle } = this.args;
    return { throttlingRateLimit: route?.rate ?? throttle.rate, throttlingBurstLimit: route?.burst ?? throttle.burst };
  }

  private createSettings(
    name: string,
    methodPath: string,
    stage: aws.apigateway.Stage,
    api: aws.apigateway.RestApi,
    settings: aws.types.input.apigateway.MethodSettingsSettings,
  ): void {
    new aws.apigateway.MethodSettings(
      ...transformed<aws.apigateway.MethodSettingsArgs>(
        this.args.transform?.settings,
        name,
        {
          restApi: api.id,
          stageName: stage.stageName,
          methodPath,
          // Bodies and headers are never logged; whoever may not call may not empty the cache.
          settings: {
            dataTraceEnabled: false,
            loggingLevel: "OFF",
            cacheDataEncrypted: true,
            requireAuthorizationForCacheControl: true,
            ...settings,
          },
        },
        this.childOptions(),
      ),
    );
  }

  /** The host, which the endpoint alone may call. The first version answers at the root, later ones below their name. */
  private createDomain(api: aws.apigateway.RestApi, stages: aws.apigateway.Stage[], front: PrivateFront): void {
    const { transform, host, certificateArn } = this.args;
    const name = `${this.name}-domain`;
    const everything = { Principal: "*" as const, Action: "execute-api:Invoke", Resource: "execute-api:/*" };
    const domainName = new aws.apigateway.DomainName(
      ...transformed<aws.apigateway.DomainNameArgs>(
        transform?.domainName,
        name,
        {
          domainName: host,
          certificateArn,
          endpointConfiguration: { types: "PRIVATE" },
          securityPolicy: "TLS_1_2",
          policy: policyDocument(
            { Effect: "Allow", ...everything },
            { Effect: "Deny", ...everything, Condition: { StringNotEquals: { "aws:SourceVpce": front.endpointId } } },
          ),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.apigateway.DomainNameAccessAssociation(
      ...transformed<aws.apigateway.DomainNameAccessAssociationArgs>(
        transform?.domainAccess,
        `${name}-access`,
        {
          domainNameArn: domainName.arn,
          accessAssociationSource: front.endpointId,
          accessAssociationSourceType: "VPCE",
          tags: this.tagsFor(`${name}-access`),
        },
        this.childOptions(),
      ),
    );
    stages.forEach((stage, index) => {
      const version = this.args.versions[index];
      new aws.apigateway.BasePathMapping(
        ...transformed<aws.apigateway.BasePathMappingArgs>(
          transform?.mapping,
          `${this.name}-${version}-mapping`,
          {
            restApi: api.id,
            stageName: stage.stageName,
            domainName: domainName.domainName,
            domainNameId: domainName.domainNameId,
            ...(index === 0 ? {} : { basePath: version }),
          },
          this.childOptions(),
        ),
      );
    });
  }

  private guard(stages: aws.apigateway.Stage[]): void {
    const { args } = this;
    const firewall = new WebFirewall(
      `${this.name}-firewall`,
      { scope: "REGIONAL", logKey: args.logKey, rules: args.rest.firewall, tags: args.tags, transform: args.transform?.firewall },
      { parent: this },
    );
    stages.forEach((stage, index) => {
      new aws.wafv2.WebAclAssociation(
        ...transformed<aws.wafv2.WebAclAssociationArgs>(
          args.transform?.association,
          `${this.name}-${args.versions[index]}-guard`,
          { resourceArn: stage.arn, webAclArn: firewall.arn },
          this.childOptions(),
        ),
      );
    });
  }

  /** A plan with its one key: callers do not send it, the authorizer returns it for those whom the plan is for. */
  private createPlan(
    plan: string,
    { rate, burst, requestsPerDay }: NonNullable<RestChoice["usagePlans"]>[string],
    api: aws.apigateway.RestApi,
    stages: aws.apigateway.Stage[],
  ): void {
    const { transform } = this.args;
    const name = `${this.name}-plan-${plan}`;
    const made = new aws.apigateway.UsagePlan(
      ...transformed<aws.apigateway.UsagePlanArgs>(
        transform?.plan,
        name,
        {
          description: `Callers of the plan ${plan}`,
          apiStages: stages.map((stage) => ({ apiId: api.id, stage: stage.stageName })),
          throttleSettings: { rateLimit: rate, burstLimit: burst },
          ...(requestsPerDay === undefined ? {} : { quotaSettings: { limit: requestsPerDay, period: "DAY" } }),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    const key = new aws.apigateway.ApiKey(
      ...transformed<aws.apigateway.ApiKeyArgs>(
        transform?.key,
        `${name}-key`,
        { description: `Key of the plan ${plan}`, tags: this.tagsFor(`${name}-key`) },
        this.childOptions({ additionalSecretOutputs: ["value"] }),
      ),
    );
    new aws.apigateway.UsagePlanKey(
      ...transformed<aws.apigateway.UsagePlanKeyArgs>(
        transform?.planKey,
        `${name}-key-of-plan`,
        { keyId: key.id, keyType: "API_KEY", usagePlanId: made.id },
        this.childOptions(),
      ),
    );
  }
}
