/**
 * Serves the files of the trading terminal. The set of paths is fixed when the gateway starts, so no request can reach any other file.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { FastifyInstance } from "fastify";

const contentTypes: Record<string, string> = {
  ".html": "text/html;charset=UTF-8",
  ".js": "text/javascript;charset=UTF-8",
  ".mjs": "text/javascript;charset=UTF-8",
  ".css": "text/css;charset=UTF-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json;charset=UTF-8",
  ".woff2": "font/woff2",
};

/** Pages run and load the own host's files alone, nothing inline, and cannot be framed. */
const securityHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

/** All files below `path`, or the file itself, by their place below it. */
function filesBelow(path: string, place = ""): [place: string, file: string][] {
  if (statSync(path).isFile()) return [[place, path]];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && !entry.name.startsWith("."))
    .flatMap((entry) => filesBelow(join(path, entry.name), `${place}/${entry.name}`));
}

/**
 * Adds routes for `files`: URL path to file or folder, for example `{ "/": "web", "/charts.js": "node_modules/.../charts.js" }`. The
 * `index.html` of a folder answers for the folder.
 *
 * @throws when a file does not exist.
 */
export function addStaticFiles(app: FastifyInstance, files: Readonly<Record<string, string>>): void {
  const added = new Set<string>();
  for (const [url, path] of Object.entries(files)) {
    for (const [place, file] of filesBelow(path)) {
      const type = contentTypes[extname(file)];
      if (type === undefined) continue;
      const route = url === "/" && place !== "" ? place : url + place;
      const routes = route.endsWith("/index.html") ? [route, route.slice(0, -"index.html".length)] : [route];
      for (const each of routes) {
        if (added.has(each)) continue;
        added.add(each);
        app.get(each, (_, reply) => reply.headers(securityHeaders).type(type).send(readFileSync(file)));
      }
    }
  }
}
