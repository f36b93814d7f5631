/**
 * The API described by the schemas that check its requests: an OpenAPI 3.1 document of the REST API and an AsyncAPI 3.0 document of the
 * WebSocket API and the streams, both served below `/docs`.
 */

import type { FastifyInstance } from "fastify";
import type { TSchema } from "typebox";
import type { Operation } from "./operation";
import { streamKinds } from "./sockets/market-streams";
import { sbeStreamKinds } from "./sockets/sbe-streams";

type Json = Record<string, unknown>;

const version = "3";
const errorReference = { $ref: "#/components/schemas/Error" };

const errorSchema = {
  type: "object",
  required: ["code", "msg"],
  properties: {
    code: { type: "integer", description: "Binance's error code." },
    msg: { type: "string", description: "Binance's text for it." },
  },
};

const securityTexts: Record<Operation["security"], string> = {
  none: "Open to everybody.",
  key: "Needs an API key in the header X-MBX-APIKEY.",
  read: "Needs an API key and a signature.",
  trade: "Needs an API key that may trade, and a signature.",
  withdraw: "Needs an API key that may withdraw, and a signature.",
};

/** `GET /api/v3/order/amend` as `getApiV3OrderAmend`. */
function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
}

/** What JSON keeps of a schema: typebox's own marks are not part of it. */
const plain = (schema: TSchema): Json => JSON.parse(JSON.stringify(schema)) as Json;

export function openApiDocument(operations: readonly Operation[]): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const required = new Set((operation.schema as { required?: string[] }).required ?? []);
    for (const route of operation.rest) {
      const [method, path] = route.split(" ");
      paths[path] ??= {};
      paths[path][method.toLowerCase()] = {
        operationId: operationId(method, path),
        summary: operation.summary,
        description: securityTexts[operation.security],
        tags: [path.split("/").slice(1, 3).join("/")],
        security: operation.security === "none" ? [] : [{ apiKey: [] }],
        parameters: Object.entries(operation.schema.properties).map(([name, schema]) => {
          const { description, ...rest } = plain(schema);
          return { name, in: "query", required: required.has(name), description, schema: rest };
        }),
        responses: {
          "200": { description: "Done.", content: { "application/json": { schema: {} } } },
          "4XX": { description: "Refused: nothing was done.", content: { "application/json": { schema: errorReference } } },
          "5XX": {
            description: "Not answered in time or not available. With code -1007 or -1006 it may have been done: ask before you repeat it.",
            content: { "application/json": { schema: errorReference } },
          },
        },
      };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Bourse REST API",
      version,
      description:
        "Follows the Binance Spot API. Parameters may be sent in the query or, except with GET, as a form in the body; the signature is over both as they are sent.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: { apiKey: { type: "apiKey", in: "header", name: "X-MBX-APIKEY" } },
    },
  };
}

export function asyncApiDocument(operations: readonly Operation[]): Json {
  const requests = operations.filter(({ socket }) => socket !== undefined);
  const id = { description: "Returned with the answer.", type: ["integer", "string", "null"] };
  const requestMessages = Object.fromEntries(
    requests.map((operation) => [
      operation.socket!,
      {
        name: operation.socket!,
        summary: operation.summary,
        description: securityTexts[operation.security],
        payload: {
          type: "object",
          required: ["id", "method"],
          properties: { id, method: { const: operation.socket! }, params: paramsSchema(operation) },
        },
      },
    ]),
  );
  const answer = {
    name: "answer",
    summary: "The answer to the request with this id.",
    payload: {
      type: "object",
      required: ["id", "status"],
      properties: { id, status: { type: "integer" }, result: {}, error: errorSchema, rateLimits: { type: "array" } },
    },
  };
  const userEvent = {
    name: "userEvent",
    summary: "An event of an account that was subscribed to: executionReport, listStatus, balanceUpdate or outboundAccountPosition.",
    payload: { type: "object", required: ["event"], properties: { subscriptionId: { type: "integer" }, event: { type: "object" } } },
  };
  const streamMessages = Object.fromEntries(
    streamKinds.map(({ name, summary, fields, isArray = false }) => {
      const event = { type: "object", properties: Object.fromEntries(fields.split(" ").map((field) => [field, {}])) };
      return [name, { name, summary, payload: isArray ? { type: "array", items: event } : event }];
    }),
  );
  const sbeMessages = Object.fromEntries(
    sbeStreamKinds.map(({ name, summary, template }) => [
      name,
      { name, summary: `${summary} SBE template ${template}.`, contentType: "application/octet-stream", payload: {} },
    ]),
  );
  return {
    asyncapi: "3.0.0",
    info: { title: "Bourse WebSocket API and streams", version, license: { name: "Apache-2.0" } },
    channels: {
      api: { address: "/ws-api/v3", summary: "Requests and answers, and user data.", messages: { ...requestMessages, answer, userEvent } },
      streams: {
        address: "/ws/{stream}",
        summary: "Bare events; at /stream?streams={stream}/{stream} each is wrapped as {stream, data}.",
        parameters: { stream: { description: "One of the names of the messages, with a lower-case symbol." } },
        messages: streamMessages,
      },
      sbe: {
        address: "/stream-sbe/ws/{stream}",
        summary: "Events in SBE, schema id 1, version 0, for an Ed25519 key in the header X-MBX-APIKEY; also /stream-sbe/stream?streams=.",
        parameters: { stream: { description: "One of the names of the messages, with a lower-case symbol." } },
        messages: sbeMessages,
      },
    },
    operations: {
      request: {
        action: "receive",
        channel: { $ref: "#/channels/api" },
        messages: requests.map(({ socket }) => ({ $ref: `#/channels/api/messages/${pointer(socket!)}` })),
        reply: { channel: { $ref: "#/channels/api" }, messages: [{ $ref: "#/channels/api/messages/answer" }] },
      },
      tellUser: { action: "send", channel: { $ref: "#/channels/api" }, messages: [{ $ref: "#/channels/api/messages/userEvent" }] },
      tellMarket: {
        action: "send",
        channel: { $ref: "#/channels/streams" },
        messages: streamKinds.map(({ name }) => ({ $ref: `#/channels/streams/messages/${pointer(name)}` })),
      },
      tellMarketInSbe: {
        action: "send",
        channel: { $ref: "#/channels/sbe" },
        messages: sbeStreamKinds.map(({ name }) => ({ $ref: `#/channels/sbe/messages/${pointer(name)}` })),
      },
    },
  };
}

/** Parameters of a request over the socket; a signed one names its key among them. */
function paramsSchema(operation: Operation): Json {
  const schema = plain(operation.schema);
  if (operation.security === "none") return schema;
  const apiKey = { type: "string", description: "The API key; not needed on a connection that is logged on." };
  // On a connection that is logged on neither is needed.
  const required = ((schema["required"] ?? []) as string[]).filter((name) => name !== "timestamp" && name !== "signature");
  return { ...schema, required, properties: { ...(schema["properties"] as Json), apiKey } };
}

/** A key within a JSON pointer (RFC 6901). */
const pointer = (key: string) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** A page for people: every operation with its routes, parameters and weight class. */
function documentPage(operations: readonly Operation[]): string {
  const rows = operations.map((operation) => {
    const required = new Set((operation.schema as { required?: string[] }).required ?? []);
    const names = Object.keys(operation.schema.properties).map((name) => (required.has(name) ? `<b>${name}</b>` : name));
    const ways = [...operation.rest, ...(operation.socket === undefined ? [] : [operation.socket])];
    const cells = [ways.map(escapeHtml).join("<br>"), escapeHtml(operation.summary), names.join(", "), operation.security];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  const inSbe = sbeStreamKinds.map(({ name, summary }) => ({ name: `${name} (SBE)`, summary }));
  const streams = [...streamKinds, ...inSbe].map(
    ({ name, summary }) => `<tr><td>${escapeHtml(name)}</td><td colspan="3">${escapeHtml(summary)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Bourse API</title>
<style>body{font:14px/1.5 system-ui;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}</style>
</head><body><h1>Bourse API</h1>
<p>Follows the Binance Spot API. The same in machine form: <a href="/docs/openapi.json">OpenAPI</a>, <a href="/docs/asyncapi.json">AsyncAPI</a>.</p>
<h2>Operations</h2><p>Parameters in bold are mandatory.</p>
<table><tr><th>REST route, WebSocket API method</th><th>What it does</th><th>Parameters</th><th>Security</th></tr>${rows.join("\n")}</table>
<h2>Streams</h2><table>${streams.join("\n")}</table></body></html>`;
}

/** Adds `/docs`, `/docs/openapi.json` and `/docs/asyncapi.json`. */
export function addDocuments(app: FastifyInstance, operations: readonly Operation[]): void {
  const openApi = JSON.stringify(openApiDocument(operations));
  const asyncApi = JSON.stringify(asyncApiDocument(operations));
  const page = documentPage(operations);
  app.get("/docs", (_, reply) => reply.type("text/html;charset=UTF-8").send(page));
  app.get("/docs/openapi.json", (_, reply) => reply.type("application/json").send(openApi));
  app.get("/docs/asyncapi.json", (_, reply) => reply.type("application/json").send(asyncApi));
}
