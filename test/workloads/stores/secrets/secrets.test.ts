import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSecrets } from "../../../../workloads/stores/secrets";
import { secretsContract } from "./secrets-contract";

secretsContract("files", async () => {
  const folder = mkdtempSync(join(tmpdir(), "secrets-"));
  return { secrets: openFileSecrets(join(folder, "secrets")), close: async () => rmSync(folder, { recursive: true }) };
});
