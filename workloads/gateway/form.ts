/**
 * Query strings and form bodies as parameters. Strict where Binance is: a name twice is an error, bytes that are no UTF-8 are an error.
 */

import { duplicateParameter, illegalEncoding, tooManyParameters } from "./errors";

/** No operation has as many; a request with more is refused before it is read. */
const mostParameters = 100;

const plain = /^[A-Za-z0-9._~*!'()-]*$/;

function decode(text: string): string {
  if (plain.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw illegalEncoding();
  }
}

/** Adds the pairs of `text` to `into`. A name that is there already is skipped with `"keep"` (query before body), refused otherwise. */
function addPairs(text: string, into: Map<string, string>, sent: Set<string>): void {
  if (text === "") return;
  const pairs = text.split("&", mostParameters + 1);
  if (pairs.length > mostParameters) throw tooManyParameters(mostParameters, pairs.length);
  const own = new Set<string>();
  for (const pair of pairs) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (own.has(name)) throw duplicateParameter();
    own.add(name);
    if (!sent.has(name)) into.set(name, equals < 0 ? "" : decode(pair.slice(equals + 1)));
  }
  for (const name of own) sent.add(name);
}

/** Parameters of a request; what the query and the body both name is taken from the query, as Binance does. */
export function readForm(query: string, body: string): Record<string, string> {
  const pairs = new Map<string, string>();
  const sent = new Set<string>();
  addPairs(query, pairs, sent);
  addPairs(body, pairs, sent);
  const parameters: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) parameters[name] = value;
  return parameters;
}
