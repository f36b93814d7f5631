import { strictEqual } from "node:assert";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOutbox } from "../../../../workloads/stores/mail";
import { from, mailContract } from "./mail-contract";

mailContract("outbox of files", async () => {
  const folder = mkdtempSync(join(tmpdir(), "outbox-"));
  const box = join(folder, "mail");
  return {
    mailer: openOutbox(box, from),
    arrived: () => {
      const files = readdirSync(folder).includes("mail") ? readdirSync(box) : [];
      for (const file of files) strictEqual(statSync(join(box, file)).mode & 0o777, 0o600);
      return files.map((file) => readFileSync(join(box, file), "utf8"));
    },
    close: async () => rmSync(folder, { recursive: true }),
  };
});
