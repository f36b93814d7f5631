/** The embedded secrets adapter: one file a secret, readable by its owner alone. */

import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkSecretName, type Secrets } from "./port";

class FileSecrets implements Secrets {
  constructor(private readonly folder: string) {}

  async read(name: string): Promise<Buffer | undefined> {
    const file = this.file(name);
    try {
      const { mode } = await stat(file);
      if ((mode & 0o077) !== 0) {
        throw new Error(`secret file ${file} is open to others (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it`);
      }
      return await readFile(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Written and synced under another name, then linked: a secret is there whole or not at all. */
  async create(name: string, value: Buffer): Promise<boolean> {
    const file = this.file(name);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const draft = `${file}.${randomBytes(6).toString("hex")}.draft`;
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.writeFile(value);
      await handle.sync();
      await link(draft, file);
      await syncFolder(dirname(file));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      await handle.close();
      await unlink(draft);
    }
  }

  private file(name: string): string {
    checkSecretName(name);
    return join(this.folder, name);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Secrets in `folder`, which is made on the first write (mode 0700). */
export function openFileSecrets(folder: string): Secrets {
  return new FileSecrets(folder);
}
