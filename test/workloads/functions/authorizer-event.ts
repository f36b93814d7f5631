/** The request events of Lambda authorizers (API Gateway guide, "Control access to HTTP APIs with AWS Lambda authorizers", "Input to an API Gateway Lambda authorizer"). */

/** Of an HTTP API, payload format 2.0. */
export function authorizerEvent(origin: string, authorization?: string) {
  const headers: Record<string, string> = {
    accept: "application/json",
    host: "account-origin.exchange.example",
    "x-bourse-origin": origin,
    "x-forwarded-for": "203.0.113.7, 64.252.64.1",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
    ...(authorization === undefined ? {} : { authorization }),
  };
  const path = authorization === undefined ? "/account/v1/sessions" : "/account/v1/keys";
  const method = authorization === undefined ? "POST" : "GET";
  return {
    version: "2.0" as const,
    type: "REQUEST" as const,
    routeArn: `arn:aws:execute-api:us-east-1:111122223333:abcdef123/v1/${method}${path}`,
    identitySource: authorization === undefined ? [origin] : [origin, authorization],
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers,
    requestContext: {
      accountId: "111122223333",
      apiId: "abcdef123",
      domainName: "account-origin.exchange.example",
      domainPrefix: "account-origin",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "64.252.64.1", userAgent: "Amazon CloudFront" },
      requestId: "JKJaXmPLvHcESHA=",
      routeKey: `${method} ${path}`,
      stage: "v1",
      time: "14/Nov/2023:22:13:20 +0000",
      timeEpoch: 1_700_000_000_000,
    },
  };
}

/** Of a REST API. */
export function restAuthorizerEvent(route: string, headers: Record<string, string>) {
  const [httpMethod, resource] = route.split(" ");
  const path = resource.replace("{proxy+}", "keys");
  return {
    type: "REQUEST" as const,
    methodArn: `arn:aws:execute-api:us-east-1:111122223333:abcdef123/v1/${httpMethod}${path}`,
    resource,
    path,
    httpMethod,
    headers: { Accept: "application/json", Host: "account-origin.exchange.example", ...headers },
    queryStringParameters: {},
    pathParameters: {},
    stageVariables: {},
    requestContext: { path, accountId: "111122223333", stage: "v1", httpMethod, apiId: "abcdef123", identity: { sourceIp: "64.252.64.1" } },
  };
}
