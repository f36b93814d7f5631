/** What users are told of: the notices that services publish, checked when they are read, and the words of their mails. */

import { Type } from "typebox";
import { Value } from "typebox/value";

const common = {
  /** The same for each copy of one notice. */
  id: Type.String({ minLength: 1, maxLength: 200 }),
  account: Type.Integer({ minimum: 0 }),
  /** Milliseconds since 1970. */
  time: Type.Integer({ minimum: 0 }),
};
const transfer = {
  ...common,
  /** Its name, and an amount of whole ones as people read it: "1.5". */
  asset: Type.String({ minLength: 1, maxLength: 20 }),
  amount: Type.String({ pattern: "^[0-9]{1,40}(\\.[0-9]{1,20})?$" }),
  network: Type.String(),
  address: Type.String(),
};

export const Notice = Type.Union([
  Type.Object({ kind: Type.Literal("depositCredited"), ...transfer }),
  Type.Object({ kind: Type.Literal("withdrawalPaid"), ...transfer }),
  Type.Object({ kind: Type.Literal("addressChanged"), ...common, address: Type.String({ maxLength: 320 }) }),
  Type.Object({
    kind: Type.Literal("addressConfirmation"),
    ...common,
    /** Where this goes, whatever address the account has. */
    address: Type.String({ maxLength: 320 }),
    code: Type.String({ pattern: "^[A-Za-z0-9_-]{20,100}$" }),
  }),
  Type.Object({ kind: Type.Literal("login"), ...common, remoteAddress: Type.String(), userAgent: Type.String({ maxLength: 500 }) }),
  Type.Object({ kind: Type.Literal("apiKeyCreated"), ...common, label: Type.String(), permissions: Type.Array(Type.String()) }),
  Type.Object({ kind: Type.Literal("apiKeyChanged"), ...common, label: Type.String(), permissions: Type.Array(Type.String()) }),
]);
export type Notice = Type.Static<typeof Notice>;

/** @throws TypeError, naming the first fault, when the text is no notice */
export function readNotice(body: string): Notice {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new TypeError("notice: not JSON");
  }
  if (Value.Check(Notice, value)) return value;
  const [fault] = Value.Errors(Notice, value);
  throw new TypeError(`notice: ${fault?.instancePath ?? ""} ${fault?.message ?? "is not of a known kind"}`);
}

/** Whether the text is a notice with a code in it. */
export function holdsCode(body: string): boolean {
  try {
    return readNotice(body).kind === "addressConfirmation";
  } catch {
    return false;
  }
}

/** A notice as people may see it who look for what could not be mailed: a code would let them confirm an address that is not theirs. */
export function withoutSecrets(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return `not a notice: ${body.length} characters`;
  }
  return JSON.stringify(value, (name, field: unknown) => (name === "code" ? "(not shown)" : field));
}

/** Subject and text of the mail for a notice. */
export function wordsOf(notice: Notice): { subject: string; text: string } {
  const when = new Date(notice.time).toISOString();
  const help = "If this was not you, revoke your API keys and contact support at once.";
  if (notice.kind === "login") {
    const text = `Your account was logged in to at ${when} from ${notice.remoteAddress} (${oneLine(notice.userAgent)}).\n\n${help}\n`;
    return { subject: "New login", text };
  }
  if (notice.kind === "apiKeyCreated") {
    const text = `An API key "${oneLine(notice.label)}" that may ${notice.permissions.join(", ")} was created at ${when}.\n\n${help}\n`;
    return { subject: "API key created", text };
  }
  if (notice.kind === "apiKeyChanged") {
    const may = notice.permissions.join(", ") || "nothing";
    const text = `What the API key "${oneLine(notice.label)}" may do was changed at ${when}: ${may}.\n\n${help}\n`;
    return { subject: "API key changed", text };
  }
  if (notice.kind === "addressConfirmation") {
    const text = `Confirm this address with the code\n\n  ${notice.code}\n\nwithin a day of ${when}. If this was not you, do nothing.\n`;
    return { subject: "Confirm your mail address", text };
  }
  if (notice.kind === "addressChanged") {
    const text = `From ${when} on, notices of your account go to another address than this one.\n\n${help}\n`;
    return { subject: "Mail address changed", text };
  }
  const amount = `${notice.amount} ${oneLine(notice.asset)}`;
  if (notice.kind === "depositCredited") {
    return { subject: `Deposit of ${amount}`, text: `${amount} arrived over ${notice.network} and was credited at ${when}.\n` };
  }
  const text = `${amount} was sent over ${notice.network} to ${oneLine(notice.address)} at ${when}.\n\n${help}\n`;
  return { subject: `Withdrawal of ${amount}`, text };
}

/** Text from outside must not begin lines of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
