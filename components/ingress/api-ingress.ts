/** The account API: registration, login, keys, wallet; an API of API Gateway before services of the network. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  type HostedZoneRef,
  type KeyRef,
  type NetworkRef,
  originHeader,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { apiIngressFaults } from "./api-ingress-faults";
import { type ApiLinkTransform, createApiLink } from "./api-link";
import { type ApiRoute, accountRoutes } from "./api-routes";
import { RestApi, type RestApiTransform } from "./rest-api";
import type { RestChoice } from "./rest-choice";

/** The Lambda function that decides who may call. */
export interface AuthorizerFunction {
  arn: pulumi.Input<string>;
  invokeArn: pulumi.Input<string>;
}

/** The load balancer that services are behind. */
export interface PrivateTarget {
  listenerArn: pulumi.Input<string>;
  /** The load balancer itself, which a REST API's link names. @default none, which an HTTP API does not need */
  loadBalancerArn?: pulumi.Input<string>;
  /** Name in the listener's certificate, which API Gateway checks. */
  serverName: string;
  /** Its security group, which this one is let into. */
  securityGroupId: pulumi.Input<string>;
  port: number;
}

/** Which of two regions answers the host. */
export interface HostFailover {
  /** `"primary"`: this one while it is healthy; `"secondary"`: this one while the other is not. Plain. */
  place: "primary" | "secondary";
  /** Alarm of this region that tells its health, of the primary. Nothing known of it is no health: a region that is lost tells nothing. */
  alarmName?: pulumi.Input<string>;
}

/** Arguments of {@link ApiIngress}. */
export interface ApiIngressArgs extends CommonArgs {
  /** Where the link to services is, in private subnets. */
  network: NetworkRef;
  zone: HostedZoneRef;
  /** Name of this region. */
  region: string;
  /** Certificate of this region for the host. */
  certificateArn: pulumi.Input<string>;
  /** Host below the domain, by which CloudFront reaches the API. Changing it **replaces** the domain name. @default "account-origin" */
  host?: string;
  /** One region answers at a time, as where writes are taken in one alone. Of an HTTP API. @default the nearest region */
  failover?: HostFailover;
  /** Decides on every route, login included: it checks the header that only CloudFront knows, and the session where one is needed. */
  authorizer: AuthorizerFunction;
  target: PrivateTarget;
  /**
   * A REST API, private behind a VPC origin of CloudFront, with cache, usage plans and a firewall on its stages. Its presence is plain, since it decides which children
   * exist; changing it **replaces** the API. @default an HTTP API, closed by the origin header
   */
  rest?: RestChoice;
  /** Routes by name. Plain, since it decides how many children exist. @default {@link accountRoutes} */
  routes?: Readonly<Record<string, ApiRoute>>;
  /** Stages, one a version, each with all routes. Plain likewise. @default ["v1"] */
  versions?: readonly string[];
  /** Requests a second and at once of a route that says nothing. @default 1000 and 2000 */
  throttle?: { rate: number; burst: number };
  /** Seconds that a decision is remembered: 0 to 3600. A revoked session lives that long at most. @default 5 */
  authorizationTtlSeconds?: number;
  /** S3 location of the authorities whose certificates clients must show, `s3://bucket/key`. @default no client certificate is asked for */
  clientAuthorities?: pulumi.Input<string>;
  logKey: KeyRef;
  /** @default 90 */
  logRetentionDays?: number;
  /** `"on"` protects the REST variant's load balancer. @default "on" */
  protection?: Protection;
  transform?: ApiLinkTransform & {
    rest?: RestApiTransform;
    api?: Transform<aws.apigatewayv2.ApiArgs>;
    integration?: Transform<aws.apigatewayv2.IntegrationArgs>;
    authorizer?: Transform<aws.apigatewayv2.AuthorizerArgs>;
    permission?: Transform<aws.lambda.PermissionArgs>;
    route?: Transform<aws.apigatewayv2.RouteArgs>;
    stage?: Transform<aws.apigatewayv2.StageArgs>;
    domainName?: Transform<aws.apigatewayv2.DomainNameArgs>;
    mapping?: Transform<aws.apigatewayv2.ApiMappingArgs>;
    record?: Transform<aws.route53.RecordArgs>;
    healthCheck?: Transform<aws.route53.HealthCheckArgs>;
    logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
  };
}

/** What each kind of caller is known by. A request without one of these is refused before the function is asked. */
const identitySources = {
  origin: [`$request.header.${originHeader}`],
  session: [`$request.header.${originHeader}`, "$request.header.Authorization"],
};
type Caller = keyof typeof identitySources;

const defaultVersions: readonly string[] = ["v1"];
const defaultThrottle = { rate: 1000, burst: 2000 };

/**
 * By default an HTTP API that is reached by its own host alone and asks the authorizer on every route. HTTP APIs cannot be behind a web ACL (WAF guide, "Resources that you can
 * protect"): CloudFront and its firewall are in front, and the origin header proves that a request came through them. With `rest`, a private REST API that nothing but a VPC origin reaches.
 */
export class ApiIngress extends BourseComponent {
  /** For CloudFront's account origin. */
  readonly host: string;
  readonly apiId: pulumi.Output<string>;
  /** The way by which CloudFront reaches the REST variant; an HTTP API has a public host and none. */
  readonly vpcOriginId: pulumi.Output<string> | undefined;
  private readonly args: ApiIngressArgs;

  constructor(name: string, args: ApiIngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:ingress:ApiIngress", name, args, apiIngressFaults(args, name), opts);
    this.args = args;
    this.host = `${args.host ?? "account-origin"}.${args.zone.domain}`;
    const routes = args.routes ?? accountRoutes;
    const link = createApiLink({ ...args, name: `${name}-link` }, (child) => this.tagsFor(child), this.childOptions());

    if (args.rest === undefined) {
      this.apiId = this.createHttpApi(routes, link).id;
    } else {
      const api = this.createRestApi(args.rest, routes, link);
      this.apiId = api.apiId;
      this.vpcOriginId = api.vpcOriginId;
    }
    this.registerOutputs({ apiId: this.apiId, host: this.host, vpcOriginId: this.vpcOriginId });
  }

  private createRestApi(rest: RestChoice, routes: Readonly<Record<string, ApiRoute>>, link: aws.apigatewayv2.VpcLink): RestApi {
    const { args } = this;
    const { throttle = defaultThrottle, versions = defaultVersions } = args;
    const api = new RestApi(
      `${this.name}-rest`,
      { ...args, rest, routes, link, throttle, versions, host: this.host, transform: args.transform?.rest },
      { parent: this },
    );
    this.allowAuthorizer(api.executionArn);
    return api;
  }

  private createHttpApi(routes: Readonly<Record<string, ApiRoute>>, link: aws.apigatewayv2.VpcLink): aws.apigatewayv2.Api {
    const api = this.createApi();
    const integration = this.createIntegration(api, link);
    const callers = [...new Set(Object.values(routes).map((route) => route.caller ?? "session"))].sort();
    const authorizers = Object.fromEntries(callers.map((caller) => [caller, this.createAuthorizer(caller, api)]));
    this.allowAuthorizer(api.executionArn);
    const children = Object.entries(routes).map(([key, route]) => this.createRoute(key, route, api, integration, authorizers));
    const domainName = this.createDomainName();
    for (const version of this.args.versions ?? defaultVersions) this.createStage(version, routes, api, domainName, children);
    return api;
  }

  private createApi(): aws.apigatewayv2.Api {
    const name = `${this.name}-api`;
    return new aws.apigatewayv2.Api(
      ...transformed<aws.apigatewayv2.ApiArgs>(
        this.args.transform?.api,
        name,
        {
          protocolType: "HTTP",
          description: "Registration, login, keys and wallet",
          // The name that API Gateway gives every API would go around CloudFront.
          disableExecuteApiEndpoint: true,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createIntegration(api: aws.apigatewayv2.Api, link: aws.apigatewayv2.VpcLink): aws.apigatewayv2.Integration {
    return new aws.apigatewayv2.Integration(
      ...transformed<aws.apigatewayv2.IntegrationArgs>(
        this.args.transform?.integration,
        `${this.name}-services`,
        {
          apiId: api.id,
          integrationType: "HTTP_PROXY",
          integrationMethod: "ANY",
          integrationUri: this.args.target.listenerArn,
          connectionType: "VPC_LINK",
          connectionId: link.id,
          payloadFormatVersion: "1.0",
          timeoutMilliseconds: 10_000,
          tlsConfig: { serverNameToVerify: this.args.target.serverName },
          // The secret stays between CloudFront and the authorizer.
          requestParameters: { [`remove:header.${originHeader}`]: "''" },
        },
        this.childOptions(),
      ),
    );
  }

  private createAuthorizer(caller: Caller, api: aws.apigatewayv2.Api): aws.apigatewayv2.Authorizer {
    return new aws.apigatewayv2.Authorizer(
      ...transformed<aws.apigatewayv2.AuthorizerArgs>(
        this.args.transform?.authorizer,
        `${this.name}-${caller}-authorizer`,
        {
          apiId: api.id,
          authorizerType: "REQUEST",
          authorizerUri: this.args.authorizer.invokeArn,
          authorizerPayloadFormatVersion: "2.0",
          enableSimpleResponses: true,
          identitySources: identitySources[caller],
          authorizerResultTtlInSeconds: this.args.authorizationTtlSeconds ?? 5,
        },
        this.childOptions(),
      ),
    );
  }

  private allowAuthorizer(executionArn: pulumi.Input<string>): void {
    new aws.lambda.Permission(
      ...transformed<aws.lambda.PermissionArgs>(
        this.args.transform?.permission,
        `${this.name}-authorizer-permission`,
        {
          action: "lambda:InvokeFunction",
          function: this.args.authorizer.arn,
          principal: "apigateway.amazonaws.com",
          sourceArn: pulumi.interpolate`${executionArn}/authorizers/*`,
        },
        this.childOptions(),
      ),
    );
  }

  private createRoute(
    key: string,
    route: ApiRoute,
    api: aws.apigatewayv2.Api,
    integration: aws.apigatewayv2.Integration,
    authorizers: Record<string, aws.apigatewayv2.Authorizer>,
  ): aws.apigatewayv2.Route {
    return new aws.apigatewayv2.Route(
      ...transformed<aws.apigatewayv2.RouteArgs>(
        this.args.transform?.route,
        `${this.name}-route-${key}`,
        {
          apiId: api.id,
          routeKey: `${route.method} ${route.path}`,
          target: pulumi.interpolate`integrations/${integration.id}`,
          authorizationType: "CUSTOM",
          authorizerId: authorizers[route.caller ?? "session"].id,
        },
        this.childOptions(),
      ),
    );
  }

  private createDomainName(): aws.apigatewayv2.DomainName {
    const { zone, region, transform, certificateArn, clientAuthorities } = this.args;
    const name = `${this.name}-domain`;
    const domainName = new aws.apigatewayv2.DomainName(
      ...transformed<aws.apigatewayv2.DomainNameArgs>(
        transform?.domainName,
        name,
        {
          domainName: this.host,
          domainNameConfiguration: { certificateArn, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
          ...(clientAuthorities === undefined ? {} : { mutualTlsAuthentication: { truststoreUri: clientAuthorities } }),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.route53.Record(
      ...transformed<aws.route53.RecordArgs>(
        transform?.record,
        `${name}-record`,
        {
          zoneId: zone.zoneId,
          name: this.host,
          type: "A",
          setIdentifier: region,
          ...this.steering(),
          aliases: [
            {
              name: domainName.domainNameConfiguration.targetDomainName,
              zoneId: domainName.domainNameConfiguration.hostedZoneId,
              evaluateTargetHealth: true,
            },
          ],
        },
        this.childOptions(),
      ),
    );
    return domainName;
  }

  private steering(): Partial<aws.route53.RecordArgs> {
    const { region, failover } = this.args;
    if (failover === undefined) return { latencyRoutingPolicies: [{ region }] };
    const { place, alarmName } = failover;
    if (place === "secondary") return { failoverRoutingPolicies: [{ type: "SECONDARY" }] };
    return { failoverRoutingPolicies: [{ type: "PRIMARY" }], healthCheckId: this.createHealthCheck(alarmName!) };
  }

  /** Of an alarm, since the host answers nobody but CloudFront (Route 53 guide, "How Route 53 determines the status of health checks that monitor CloudWatch alarms"). */
  private createHealthCheck(cloudwatchAlarmName: pulumi.Input<string>): pulumi.Output<string> {
    const name = `${this.name}-health`;
    return new aws.route53.HealthCheck(
      ...transformed<aws.route53.HealthCheckArgs>(
        this.args.transform?.healthCheck,
        name,
        {
          type: "CLOUDWATCH_METRIC",
          cloudwatchAlarmName,
          cloudwatchAlarmRegion: this.args.region,
          insufficientDataHealthStatus: "Unhealthy",
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    ).id;
  }

  private createStage(
    version: string,
    routes: Readonly<Record<string, ApiRoute>>,
    api: aws.apigatewayv2.Api,
    domainName: aws.apigatewayv2.DomainName,
    children: aws.apigatewayv2.Route[],
  ): void {
    const { transform, throttle = defaultThrottle, logRetentionDays = 90 } = this.args;
    const name = `${this.name}-${version}`;
    const logGroup = this.createLogGroup(`${version}-logs`, this.args, logRetentionDays);
    const own = Object.values(routes).filter((route) => route.rate !== undefined || route.burst !== undefined);
    const stage = new aws.apigatewayv2.Stage(
      ...transformed<aws.apigatewayv2.StageArgs>(
        transform?.stage,
        name,
        {
          apiId: api.id,
          name: version,
          autoDeploy: true,
          accessLogSettings: { destinationArn: logGroup.arn, format: JSON.stringify(accessLogFields) },
          defaultRouteSettings: {
            throttlingRateLimit: throttle.rate,
            throttlingBurstLimit: throttle.burst,
            detailedMetricsEnabled: true,
          },
          routeSettings: own.map((route) => ({
            routeKey: `${route.method} ${route.path}`,
            throttlingRateLimit: route.rate ?? throttle.rate,
            throttlingBurstLimit: route.burst ?? throttle.burst,
            detailedMetricsEnabled: true,
          })),
          tags: this.tagsFor(name),
        },
        this.childOptions({ dependsOn: children }),
      ),
    );
    new aws.apigatewayv2.ApiMapping(
      ...transformed<aws.apigatewayv2.ApiMappingArgs>(
        transform?.mapping,
        `${name}-mapping`,
        {
          apiId: api.id,
          domainName: domainName.domainName,
          stage: stage.name,
          // The first version answers at the root, so that paths are those of the catalog; later ones below their name.
          ...(version === (this.args.versions ?? defaultVersions)[0] ? {} : { apiMappingKey: version }),
        },
        this.childOptions(),
      ),
    );
  }
}

/** Fields of an access log line: enough to find a request, nothing that opens an account (API Gateway guide, "Variables for access logging"). */
const accessLogFields = {
  requestId: "$context.requestId",
  time: "$context.requestTimeEpoch",
  address: "$context.identity.sourceIp",
  route: "$context.routeKey",
  status: "$context.status",
  latencyMs: "$context.responseLatency",
  integrationLatencyMs: "$context.integrationLatency",
  authorizerStatus: "$context.authorizer.status",
  error: "$context.error.message",
};
