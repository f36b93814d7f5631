/**
 * Query strings and form bodies as parameters. Strict where Binance is: a name twice is an error, bytes that are no UTF-8 are an error.
 */

import { duplicateParameter, illegalEncoding, tooManyParameters } from "./errors";
import { type SentParameters, sentParameters } from "./parameters";

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

/** The pairs of `text`. A name that occurs twice is refused. */
function readPairs(text: string): SentParameters {
  const pairs = sentParameters();
  let count = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf("&", start);
    if (end < 0) end = text.length;
    if (++count > mostParameters) throw tooManyParameters(mostParameters, text.split("&").length);
    if (end > start) {
      const equals = text.indexOf("=", start);
      const valued = equals >= 0 && equals < end;
      const name = decode(text.slice(start, valued ? equals : end));
      if (name in pairs) throw duplicateParameter();
      pairs[name] = valued ? decode(text.slice(equals + 1, end)) : "";
    }
    start = end + 1;
  }
  return pairs;
}

/** Parameters of a request; what the query and the body both name is taken from the query, as Binance does. */
export function readForm(query: string, body: string): SentParameters {
  const pairs = readPairs(query);
  return body === "" ? pairs : query === "" ? readPairs(body) : Object.assign(readPairs(body), pairs);
}
