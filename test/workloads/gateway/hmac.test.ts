import { equal } from "node:assert/strict";
import { createHmac, createSecretKey } from "node:crypto";
import { hmacSha256, sameDigest } from "../../../workloads/gateway/hmac";
import { Random } from "../journal/simulated-disk";

describe("HMAC-SHA-256 of requests", () => {
  it("is the platform's for keys and texts of every length about a block, and for those that are long", () => {
    const random = new Random(1);
    const bytes = (length: number) => Buffer.from(Array.from({ length }, () => random.integer(256)));
    for (const keyLength of [1, 31, 32, 63, 64, 65, 128, 200]) {
      const secret = createSecretKey(bytes(keyLength));
      for (const length of [0, 1, 55, 56, 63, 64, 65, 250, 4095, 4096, 4097, 32_768]) {
        const text = bytes(length).toString("latin1");
        equal(
          hmacSha256(secret, text),
          createHmac("sha256", secret).update(text, "latin1").digest("hex"),
          `a key of ${keyLength} bytes, a text of ${length}`,
        );
      }
    }
  });

  it("compares digests in either case, and takes nothing else for one", () => {
    const digest = "0123456789abcdef".repeat(4);
    equal(sameDigest(digest, digest), true);
    equal(sameDigest(digest, digest.toUpperCase()), true);
    for (let place = 0; place < 64; place++) {
      equal(sameDigest(digest, `${digest.slice(0, place)}${digest[place] === "7" ? "8" : "7"}${digest.slice(place + 1)}`), false);
    }
    for (const other of ["", digest.slice(1), `${digest}0`, digest.replace("a", "ö"), digest.replace("a", "š")]) {
      equal(sameDigest(digest, other), false, other);
    }
  });
});
