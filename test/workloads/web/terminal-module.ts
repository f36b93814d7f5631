import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The terminal's modules are JavaScript for browsers, checked by a configuration of their own; here they are what they do. */
export type Json = ReturnType<typeof JSON.parse>;

/** A module of the terminal that needs no browser. */
export function terminalModule(name: string): Promise<Json> {
  return import(pathToFileURL(join(__dirname, "..", "..", "..", "workloads", "web", "app", `${name}.js`)).href);
}
