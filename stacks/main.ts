/** What the Pulumi CLI runs: the program of the selected stack, with its configuration. */

import * as pulumi from "@pulumi/pulumi";
import { program } from "./index";

/** Every setting of the stack, misspelt ones too, which the program reports. The CLI hands lists and tables over as JSON. */
function configuration(): Record<string, unknown> {
  const prefix = `${pulumi.getProject()}:`;
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), /^[[{]/.test(value) ? JSON.parse(value) : value]));
}

export = async () => program(configuration());
