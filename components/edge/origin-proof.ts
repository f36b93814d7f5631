/**
 * What proves to the account API that a request came through CloudFront: a function of CloudFront that writes the origin header into each request for the API. The header's value is in the
 * function's code alone, where the renewal of the secret puts it: neither the program nor its state knows it, and an update of the distribution leaves it alone.
 */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  originHeader,
  type PolicyStatement,
  type Transform,
  transformed,
  viewerHeader,
} from "../foundation";

/** Arguments of {@link OriginProof}; `ExchangeEdge` makes them. */
export interface OriginProofArgs extends CommonArgs {
  transform?: OriginProofTransform;
}

export interface OriginProofTransform {
  function?: Transform<aws.cloudfront.FunctionArgs>;
}

/** Refuses while there is no value yet: until the first renewal, which comes with the secret. */
const closedCode = `function handler(event) {
  return { statusCode: 503, statusDescription: "Service Unavailable" };
}
`;

/** A function for the behaviours of the account API. */
export class OriginProof extends BourseComponent {
  readonly functionArn: pulumi.Output<string>;
  readonly functionName: pulumi.Output<string>;

  constructor(name: string, args: OriginProofArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:edge:OriginProof", name, args, [], opts);
    const proof = new aws.cloudfront.Function(
      ...transformed<aws.cloudfront.FunctionArgs>(
        args.transform?.function,
        `${name}-function`,
        {
          runtime: "cloudfront-js-2.0",
          comment: "Writes the origin header of the account API",
          code: closedCode,
          publish: true,
          tags: this.tagsFor(`${name}-function`),
        },
        // The code has the secret after the first renewal: it is not put back, and is secret in the state should a refresh read it.
        this.childOptions({ ignoreChanges: ["code"], additionalSecretOutputs: ["code"] }),
      ),
    );
    this.functionArn = proof.arn;
    this.functionName = proof.name;
    this.registerOutputs({ functionArn: this.functionArn, functionName: this.functionName });
  }
}

/** Seconds after which every authorizer has read a new value; they look every two seconds. */
const learnSeconds = 10;

/**
 * How a new value of the origin's secret reaches CloudFront before it becomes the current one: `announcement` of a `SecretStore`. Authorizers take the pending, the current and the
 * previous value, so that edge locations may change over one after the other.
 */
export function originAnnouncement(proof: { functionArn: pulumi.Input<string>; functionName: pulumi.Input<string> }) {
  const statements: PolicyStatement[] = [
    {
      Sid: "WriteTheOriginHeader",
      Effect: "Allow",
      Action: ["cloudfront:DescribeFunction", "cloudfront:UpdateFunction", "cloudfront:PublishFunction"],
      Resource: proof.functionArn,
    },
  ];
  return {
    source: originAnnouncementSource,
    environment: {
      FUNCTION_NAME: proof.functionName,
      ORIGIN_HEADER: originHeader,
      VIEWER_HEADER: viewerHeader,
      LEARN_SECONDS: String(learnSeconds),
    },
    statements,
    timeoutSeconds: 60,
  };
}

/** Text, not a module of this library, since it runs elsewhere and the runtime brings its only dependency. */
export const originAnnouncementSource = `
import { CloudFrontClient, DescribeFunctionCommand, PublishFunctionCommand, UpdateFunctionCommand } from "@aws-sdk/client-cloudfront";

// CloudFront's API is in us-east-1, wherever this runs.
const client = new CloudFrontClient({ region: "us-east-1" });

export async function announce(value) {
  const { FUNCTION_NAME: Name, LEARN_SECONDS } = process.env;
  if (!/^[A-Za-z0-9]{32,}$/.test(value)) throw new Error("the value of the origin header must be 32 letters and digits or more");
  await new Promise((resolve) => setTimeout(resolve, Number(LEARN_SECONDS) * 1000));
  const { ETag, FunctionSummary } = await client.send(new DescribeFunctionCommand({ Name, Stage: "DEVELOPMENT" }));
  const FunctionCode = Buffer.from(codeOf(value));
  const { FunctionConfig } = FunctionSummary;
  const updated = await client.send(new UpdateFunctionCommand({ Name, IfMatch: ETag, FunctionConfig, FunctionCode }));
  await client.send(new PublishFunctionCommand({ Name, IfMatch: updated.ETag }));
}

// What a viewer sends under the same name is overwritten.
function codeOf(value) {
  const { ORIGIN_HEADER, VIEWER_HEADER } = process.env;
  const header = (name, text) => "  request.headers[" + JSON.stringify(name) + "] = { value: " + text + " };\\n";
  const headers = header(ORIGIN_HEADER, JSON.stringify(value)) + header(VIEWER_HEADER, "event.viewer.ip");
  return "function handler(event) {\\n  var request = event.request;\\n" + headers + "  return request;\\n}\\n";
}
`;
