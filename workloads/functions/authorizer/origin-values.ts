/** The values of the origin header that are valid now: of a secret of Secrets Manager while it is renewed, or of a file. */

import { readFile } from "node:fs/promises";
import { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Environment } from "../../process/environment";

export interface OriginValues {
  /** At least one, each of at least {@link LEAST_CHARACTERS}. @throws when they cannot be read or are too short */
  read(): Promise<readonly string[]>;
}

/** Shorter values could be guessed; 32 letters and digits are 190 bits. */
const LEAST_CHARACTERS = 32;

/**
 * A renewal makes a pending value, writes it into CloudFront, and makes it the current one; edge locations change over one after the other. So all three are valid; the previous
 * one until the next renewal.
 */
const stages = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"] as const;

/** Reads a secret by its ARN, in the region that the ARN names. */
export function originsOfSecret(arn: string, client = new SecretsManagerClient({ region: arn.split(":")[3] })): OriginValues {
  return {
    async read() {
      const values = await Promise.all(
        stages.map(async (VersionStage) => {
          try {
            return (await client.send(new GetSecretValueCommand({ SecretId: arn, VersionStage }))).SecretString;
          } catch (error) {
            // No version has this stage; that there is no secret at all is told below.
            if (error instanceof ResourceNotFoundException) return undefined;
            throw error;
          }
        }),
      );
      return checked(
        `secret ${arn}`,
        [...new Set(values)].filter((value) => value !== undefined),
      );
    },
  };
}

/** Reads a file with one value a line. */
export function originsOfFile(path: string): OriginValues {
  return {
    read: async () =>
      checked(
        `file ${path}`,
        (await readFile(path, "utf8")).split("\n").filter((line) => line !== ""),
      ),
  };
}

/** Reads BOURSE_ORIGIN_SECRET: the ARN of a secret of Secrets Manager, or file:/absolute/path. */
export function readOriginValues(environment: Environment): () => OriginValues {
  const name = "BOURSE_ORIGIN_SECRET";
  const allowed = "the ARN of a secret of Secrets Manager, or file:/absolute/path";
  const place = environment.text(name, allowed);
  const file = /^file:(\/.+)$/.exec(place)?.[1];
  if (file !== undefined) return () => originsOfFile(file);
  if (place !== "" && !/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$/.test(place)) environment.fault(name, allowed);
  return () => originsOfSecret(place);
}

function checked(what: string, values: readonly string[]): readonly string[] {
  if (values.length > 0 && values.length <= stages.length && values.every((value) => value.length >= LEAST_CHARACTERS)) return values;
  const given = `${values.length} values of ${values.map((value) => value.length).join(" and ") || 0} characters`;
  throw new Error(`${what}: got ${given}, expected one to ${stages.length} of at least ${LEAST_CHARACTERS} characters`);
}
