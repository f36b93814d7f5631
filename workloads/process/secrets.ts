/** The secrets of a process, named by BOURSE_SECRETS: files of a folder, or Secrets Manager. */

import { isAbsolute } from "node:path";
import type { Secrets } from "../stores/secrets";
import { openFileSecrets } from "../stores/secrets/files";
import { openSecretsManager } from "../stores/secrets/secrets-manager";
import type { Environment } from "./environment";

/** Reads BOURSE_SECRETS: an absolute folder, or secrets-manager:<prefix>; and with the latter BOURSE_SECRETS_HOME. */
export function readSecrets(environment: Environment): () => Secrets {
  const allowed = "an absolute folder, or secrets-manager:<prefix>";
  const place = environment.text("BOURSE_SECRETS", allowed);
  const prefix = /^secrets-manager:([A-Za-z0-9/_-]+)$/.exec(place)?.[1];
  const home = environment.optional("BOURSE_SECRETS_HOME");
  if (home !== undefined && !(prefix !== undefined && /^[a-z]{2}(-[a-z]+)+-\d$/.test(home))) {
    environment.fault("BOURSE_SECRETS_HOME", "a region such as us-east-1, beside secrets-manager:<prefix>");
  }
  if (prefix !== undefined) return () => openSecretsManager({ prefix, home });
  if (place !== "" && !isAbsolute(place)) environment.fault("BOURSE_SECRETS", allowed);
  return () => openFileSecrets(place);
}
