/** What requests to the users process may hold, and what is said of those that hold something else. */

import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";

const permission = Type.Union([Type.Literal("read"), Type.Literal("trade"), Type.Literal("withdraw")]);
const address = Type.String({ maxLength: 320, pattern: '^[^\\s@<>,;:"]{1,64}@[^\\s@<>,;:"]{1,255}$' });
const bodies = {
  account: Type.Object({ name: Type.String(), password: Type.String(), address }, { additionalProperties: false }),
  confirmation: Type.Object({ code: Type.String({ maxLength: 100 }) }, { additionalProperties: false }),
  password: Type.Object({ password: Type.String() }, { additionalProperties: false }),
  address: Type.Object({ address }, { additionalProperties: false }),
  session: Type.Object(
    {
      name: Type.String({ maxLength: 64 }),
      password: Type.String({ maxLength: 1024 }),
      remoteAddress: Type.String({ maxLength: 45 }),
      userAgent: Type.String({ maxLength: 500 }),
    },
    { additionalProperties: false },
  ),
  credentials: Type.Object(
    { name: Type.String({ maxLength: 64 }), password: Type.String({ maxLength: 1024 }) },
    { additionalProperties: false },
  ),
  key: Type.Object(
    {
      label: Type.String(),
      permissions: Type.Array(permission, { maxItems: 3 }),
      /** PEM of an Ed25519 or RSA key; without it a secret is made and returned, once. */
      publicKey: Type.Optional(Type.String({ maxLength: 8_192 })),
      allowedAddresses: Type.Optional(Type.Array(Type.String({ maxLength: 45 }), { maxItems: 30 })),
      expiresAt: Type.Optional(Type.Integer({ minimum: 0 })),
    },
    { additionalProperties: false },
  ),
  keyChange: Type.Object(
    {
      permissions: Type.Optional(Type.Array(permission, { maxItems: 3 })),
      allowedAddresses: Type.Optional(Type.Array(Type.String({ maxLength: 45 }), { maxItems: 30 })),
    },
    { additionalProperties: false },
  ),
};
type Bodies = typeof bodies;

/** A request that cannot be answered; the message says what is allowed. */
export class RequestFault extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The body of the request, which is as the schema of that name says. @throws RequestFault */
export function bodyOf<Name extends keyof Bodies>(request: FastifyRequest, name: Name): Static<Bodies[Name]> {
  const schema = bodies[name];
  if (Value.Check(schema, request.body)) return request.body as Static<Bodies[Name]>;
  const [fault] = Value.Errors(schema, request.body);
  throw new RequestFault(400, `body: ${fault?.instancePath || "/"} ${fault?.message ?? "is not as expected"}`);
}

/** The token of the session that the request shows. @throws RequestFault */
export function tokenOf(request: FastifyRequest): string {
  const token = /^Bearer ([A-Za-z0-9_-]{1,200})$/.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) throw new RequestFault(401, "Authorization must be Bearer and the token of a session");
  return token;
}
