import { deepEqual, equal, ok } from "node:assert/strict";
import asyncApiSchemas from "@asyncapi/specs";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { RunningExchange } from "./running-exchange";

// biome-ignore lint/suspicious/noExplicitAny: documents are walked by name
type Document = any;

/** What a JSON pointer of the form `#/a/b` names. */
function resolve(document: Document, reference: string): unknown {
  const keys = reference
    .slice(2)
    .split("/")
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
  return keys.reduce((value, key) => value?.[key], document);
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => (key === "$ref" ? [each as string] : referencesIn(each)));
}

describe("The documents at /docs", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  let openApi: Document;
  let asyncApi: Document;

  before(async () => {
    exchange = await RunningExchange.start();
    openApi = (await exchange.get("/docs/openapi.json")).body;
    asyncApi = (await exchange.get("/docs/asyncapi.json")).body;
  });

  after(() => exchange.stop());

  it("are a valid OpenAPI 3.1 document", async () => {
    const { Validator } = await import("@seriousme/openapi-schema-validator");
    const result = await new Validator().validate(openApi);
    deepEqual(result.errors ?? [], []);
    equal(result.valid, true);
    equal(openApi.openapi, "3.1.0");
  });

  it("describe parameters by valid JSON Schemas, which the schema of OpenAPI 3.1 leaves open", () => {
    const schemas = Object.values<Document>(openApi.paths)
      .flatMap((methods) => Object.values<Document>(methods))
      .flatMap(({ parameters }) => parameters.map(({ schema }: Document) => schema));
    ok(schemas.length > 200, `${schemas.length} parameters`);
    const ajv = new Ajv2020();
    for (const schema of schemas) ok(ajv.validateSchema(schema), `${JSON.stringify(schema)}: ${ajv.errorsText()}`);
  });

  it("are a valid AsyncAPI 3.0 document", () => {
    equal(asyncApi.asyncapi, "3.0.0");
    // Not strict, since the schema of AsyncAPI has `additionalItems` beside `items` of one kind, which says nothing.
    const validate = addFormats(new Ajv({ strict: false })).compile(asyncApiSchemas.schemasWithoutId["3.0.0"]);
    validate(asyncApi);
    deepEqual(validate.errors ?? [], []);
  });

  it("describe an order as the gateway checks it", () => {
    const { parameters, security } = openApi.paths["/api/v3/order"].post;
    const byName = new Map<string, Document>(parameters.map((each: Document) => [each.name, each]));
    const required = parameters.filter((each: Document) => each.required).map((each: Document) => each.name);
    deepEqual(required, ["symbol", "side", "type", "timestamp", "signature"]);
    deepEqual(byName.get("side")!.schema.enum, ["BUY", "SELL"]);
    equal(byName.get("price")!.schema.pattern, "^([0-9]{1,20})(\\.[0-9]{1,20})?$");
    deepEqual(security, [{ apiKey: [] }]);
  });

  it("describe only what is served: every route answers, and none with 404 or 5xx", async () => {
    const routes = Object.entries<Document>(openApi.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path]),
    );
    ok(routes.length > 50, `${routes.length} routes`);
    for (const [method, path] of routes) {
      const { status, body } = await exchange.request(method, path);
      ok(status < 500 && status !== 404, `${method} ${path} answers ${status}`);
      if (status !== 200) ok(Number.isInteger(body.code) && body.msg.length > 0);
    }
  });

  it("describe every method of the WebSocket API that is served", async () => {
    const methods = Object.keys(asyncApi.channels.api.messages).filter((name) => !["answer", "userEvent"].includes(name));
    ok(methods.length > 40, `${methods.length} methods`);
    const api = await exchange.connect("/ws-api/v3");
    for (const method of methods) {
      const { status } = await api.call(method);
      ok(status < 500 && status !== 404, `${method} answers ${status}`);
    }
    api.close();
  });

  it("refer to nothing that is not there", () => {
    for (const document of [openApi, asyncApi]) {
      const references = referencesIn(document);
      ok(references.length > 10);
      for (const reference of references) ok(resolve(document, reference) !== undefined, reference);
    }
  });

  it("have a page for people that names every operation", async () => {
    const response = await fetch(`${exchange.url}/docs`);
    equal(response.headers.get("content-type"), "text/html;charset=UTF-8");
    const page = await response.text();
    for (const path of Object.keys(openApi.paths)) ok(page.includes(path), path);
    for (const name of ["order.place", "{symbol}@trade"]) ok(page.includes(name));
  });
});
