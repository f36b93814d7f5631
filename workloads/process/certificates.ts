/**
 * The certificate of a process: files of a folder, read again when they were renewed. Servers and new connections then show the new one; connections that are open stay, so a
 * renewal costs nobody anything.
 */

import { ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ConnectionOptions, createSecureContext, type SecureContextOptions, type SecureVersion, type TlsOptions } from "node:tls";

/** Names that cert-manager gives to the parts of a certificate's secret. */
export const certificateFiles = { cert: "tls.crt", key: "tls.key", ca: "ca.crt" } as const;

/** A certificate, its key, and the authority that signs the certificates of the exchange's services; PEM text. */
type Parts = Record<keyof typeof certificateFiles, Buffer>;

/** A server that can be given another certificate. */
interface SecureServer {
  setSecureContext(options: SecureContextOptions): void;
}

/** TLS of a server, and how it comes to a renewed certificate. */
export interface ServerTls extends TlsOptions {
  /** Called by whoever makes a server of this, with the `tls.Server` or `https.Server`. @default its certificate stays */
  renews?(server: object, minVersion: SecureVersion): void;
}

/** Milliseconds between two looks at the files: renewed ones are there weeks before the old ones end. */
const lookMs = 5_000;

export class Certificates {
  private readonly servers: { server: SecureServer; minVersion: SecureVersion; caller: boolean }[] = [];
  private lastFault = "";

  private constructor(
    private readonly folder: string,
    private parts: Parts,
  ) {}

  /** @param fault told of each file that cannot be read, with the reason */
  static read(folder: string, fault: (file: string, reason: string) => void): Certificates {
    const read = (file: string): Buffer => {
      try {
        return readFileSync(join(folder, file));
      } catch (error) {
        fault(file, String((error as NodeJS.ErrnoException).code));
        return Buffer.alloc(0);
      }
    };
    return new Certificates(folder, { cert: read(certificateFiles.cert), key: read(certificateFiles.key), ca: read(certificateFiles.ca) });
  }

  /** For a server. @param asks `"every caller"` must show a certificate of the authority, `"nobody"` is asked for one, or it is `"asked"` for and may be missing */
  server(asks: "every caller" | "asked" | "nobody"): ServerTls {
    const caller = asks !== "nobody";
    return {
      ...this.contextOf(caller),
      ...(caller ? { requestCert: true, rejectUnauthorized: asks === "every caller" } : {}),
      renews: (server, minVersion) => {
        ok("setSecureContext" in server, "a server without TLS has no certificate");
        this.servers.push({ server: server as SecureServer, minVersion, caller });
      },
    };
  }

  /** For connections to a service of the exchange: each that is opened shows what is newest then. */
  client(servername: string): ConnectionOptions {
    const newest = () => this.parts;
    return {
      servername,
      get cert() {
        return newest().cert;
      },
      get key() {
        return newest().key;
      },
      get ca() {
        return newest().ca;
      },
    };
  }

  /** Looks for renewed files until the result is called. Files that do not belong together, as while they are being written, change nothing and are told once. */
  follow(report: (message: string) => void): () => void {
    const timer = setInterval(() => {
      try {
        if (this.renew()) report(`the certificate in ${this.folder} was renewed`);
        this.lastFault = "";
      } catch (error) {
        const { message } = error as Error;
        if (message !== this.lastFault) report(`the renewed certificate in ${this.folder} cannot be used: ${message}`);
        this.lastFault = message;
      }
    }, lookMs);
    timer.unref();
    return () => clearInterval(timer);
  }

  private renew(): boolean {
    const read = (part: keyof Parts) => readFileSync(join(this.folder, certificateFiles[part]));
    const found: Parts = { cert: read("cert"), key: read("key"), ca: read("ca") };
    if ((Object.keys(found) as (keyof Parts)[]).every((part) => found[part].equals(this.parts[part]))) return false;
    // Throws when the key is not the certificate's.
    createSecureContext(found);
    this.parts = found;
    for (const { server, minVersion, caller } of this.servers) server.setSecureContext({ ...this.contextOf(caller), minVersion });
    return true;
  }

  private contextOf(withAuthority: boolean): SecureContextOptions {
    const { cert, key, ca } = this.parts;
    return withAuthority ? { cert, key, ca } : { cert, key };
  }
}
