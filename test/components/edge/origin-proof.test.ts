/** How a new value of the origin header reaches CloudFront: the module that the renewal runs, over CloudFront's API in memory. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { originAnnouncement, originAnnouncementSource, originHeader, viewerHeader } from "bourse";

interface FunctionState {
  etag: number;
  development: string;
  live: string;
  config: object;
}
const service = globalThis as typeof globalThis & { edgeFunction?: FunctionState };

describe("The announcement of a new origin header", () => {
  let folder: string;
  let announce: (value: string) => Promise<void>;
  const value = "N".repeat(64);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bourse-origin-"));
    const sdk = join(folder, "node_modules/@aws-sdk/client-cloudfront");
    await mkdir(sdk, { recursive: true });
    await writeFile(
      join(sdk, "package.json"),
      JSON.stringify({ name: "@aws-sdk/client-cloudfront", version: "0.0.0", type: "module", main: "index.js" }),
    );
    await writeFile(join(sdk, "index.js"), cloudFrontInMemory);
    await writeFile(join(folder, "announce.mjs"), originAnnouncementSource);
    const { environment } = originAnnouncement({ functionArn: "arn", functionName: "proof" });
    Object.assign(process.env, environment, { LEARN_SECONDS: "0" });
    ({ announce } = await import(pathToFileURL(join(folder, "announce.mjs")).href));
  });

  after(async () => {
    for (const name of ["FUNCTION_NAME", "ORIGIN_HEADER", "VIEWER_HEADER", "LEARN_SECONDS"]) delete process.env[name];
    delete service.edgeFunction;
    await rm(folder, { recursive: true });
  });

  beforeEach(() => {
    const closed = "function handler() { return { statusCode: 503 }; }";
    service.edgeFunction = { etag: 1, development: closed, live: closed, config: { Comment: "c", Runtime: "cloudfront-js-2.0" } };
  });

  it("publishes a function that writes the header over whatever a viewer sent under its name", async () => {
    await announce(value);
    const { live, config } = service.edgeFunction!;
    assert.deepEqual(config, { Comment: "c", Runtime: "cloudfront-js-2.0" }, "runtime and comment stay");
    const request = {
      method: "POST",
      uri: "/account/v1/sessions",
      headers: { [originHeader]: { value: "forged" }, [viewerHeader]: { value: "192.0.2.1" }, accept: { value: "*/*" } },
    };
    const handled = runInNewContext(`${live}; handler(event)`, { event: { request, viewer: { ip: "203.0.113.7" } } });
    assert.deepEqual(JSON.parse(JSON.stringify(handled)), {
      method: "POST",
      uri: "/account/v1/sessions",
      headers: { [originHeader]: { value }, [viewerHeader]: { value: "203.0.113.7" }, accept: { value: "*/*" } },
    });
  });

  it("does the same again when a step of the renewal is repeated", async () => {
    await announce(value);
    const first = service.edgeFunction!.live;
    await announce(value);
    assert.equal(service.edgeFunction!.live, first);
  });

  it("publishes nothing when the function was changed meanwhile, or the value could end the text that it stands in", async () => {
    const before = service.edgeFunction!.live;
    for (const wrong of ["short", `${value}"; `, ""]) await assert.rejects(announce(wrong), /32 letters and digits/);
    Object.defineProperty(service.edgeFunction!, "conflict", { value: true });
    await assert.rejects(announce(value), /PreconditionFailed/);
    assert.equal(service.edgeFunction!.live, before);
  });

  it("waits longer than authorizers take to learn of a value", () => {
    const { environment } = originAnnouncement({ functionArn: "arn", functionName: "proof" });
    assert.ok(Number(environment.LEARN_SECONDS) >= 2 * 5, "twice the five seconds of `originRefreshMs`");
  });
});

/** The calls that the module makes, over `globalThis.edgeFunction`. */
const cloudFrontInMemory = `
const command = (name) => class { constructor(input) { this.name = name; this.input = input; } };
export const DescribeFunctionCommand = command("DescribeFunction");
export const UpdateFunctionCommand = command("UpdateFunction");
export const PublishFunctionCommand = command("PublishFunction");
export const CloudFrontClient = class {
  async send({ name, input }) {
    const { edgeFunction } = globalThis;
    if (input.Name !== "proof") throw new Error("NoSuchFunctionExists");
    if (name === "DescribeFunction") return { ETag: String(edgeFunction.etag), FunctionSummary: { FunctionConfig: edgeFunction.config } };
    if (input.IfMatch !== String(edgeFunction.etag) || edgeFunction.conflict) throw new Error("PreconditionFailed");
    if (name === "UpdateFunction") {
      edgeFunction.development = Buffer.from(input.FunctionCode).toString();
      edgeFunction.config = input.FunctionConfig;
      edgeFunction.etag += 1;
      return { ETag: String(edgeFunction.etag) };
    }
    edgeFunction.live = edgeFunction.development;
    return {};
  }
};
`;
