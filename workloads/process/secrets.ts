/** The secrets of a process, named by BOURSE_SECRETS: files of a folder, or Secrets Manager. */

import { isAbsolute } from "node:path";
import type { Secrets } from "../stores/secrets";
import { openFileSecrets } from "../stores/secrets/files";
import { openSecretsManager } from "../stores/secrets/secrets-manager";
import type { Environment } from "./environment";

/** Reads BOURSE_SECRETS: an absolute folder, or secrets-manager:<prefix>. */
export function readSecrets(environment: Environment): () => Secrets {
  const allowed = "an absolute folder, or secrets-manager:<prefix>";
  const place = environment.text("BOURSE_SECRETS", allowed);
  const prefix = /^secrets-manager:([A-Za-z0-9/_-]+)$/.exec(place)?.[1];
  if (prefix !== undefined) return () => openSecretsManager({ prefix });
  if (place !== "" && !isAbsolute(place)) environment.fault("BOURSE_SECRETS", allowed);
  return () => openFileSecrets(place);
}
