/**
 * Source of the Lambda function that rotates standalone secrets: values that only the exchange itself reads, such as signing keys and the key that envelopes
 * API secrets. The four steps are those of the AWS Secrets Manager guide, "Lambda rotation functions". It is text, not a module of this library, since it runs elsewhere and
 * the runtime brings its only dependency.
 */
export const secretRotationSource = `
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { announce } from "./announce.mjs";

const client = new SecretsManagerClient({});

export async function handler({ Step, SecretId, ClientRequestToken }) {
  const { RotationEnabled, VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
  const stages = VersionIdsToStages[ClientRequestToken];
  if (!RotationEnabled) throw new Error("rotation is not enabled for this secret");
  if (stages === undefined) throw new Error("this version is not staged for rotation");
  if (stages.includes("AWSCURRENT")) return;
  if (!stages.includes("AWSPENDING")) throw new Error("this version is not pending");

  switch (Step) {
    case "createSecret":
      return createSecret(SecretId, ClientRequestToken);
    case "setSecret":
      return announce(await pendingValue(SecretId, ClientRequestToken));
    case "testSecret":
      return testSecret(SecretId, ClientRequestToken);
    case "finishSecret":
      return finishSecret(SecretId, ClientRequestToken, VersionIdsToStages);
    default:
      throw new Error("unknown step " + Step);
  }
}

/** Called again after a failure, it keeps the value of the first call. */
async function createSecret(SecretId, ClientRequestToken) {
  try {
    await client.send(new GetSecretValueCommand({ SecretId, VersionId: ClientRequestToken, VersionStage: "AWSPENDING" }));
    return;
  } catch (error) {
    if (error.name !== "ResourceNotFoundException") throw error;
  }
  const PasswordLength = Number(process.env.SECRET_LENGTH);
  const { RandomPassword } = await client.send(new GetRandomPasswordCommand({ PasswordLength, ExcludePunctuation: true }));
  await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: RandomPassword, VersionStages: ["AWSPENDING"] }));
}

async function pendingValue(SecretId, VersionId) {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionId, VersionStage: "AWSPENDING" }));
  return SecretString;
}

async function testSecret(SecretId, VersionId) {
  const SecretString = await pendingValue(SecretId, VersionId);
  if (SecretString?.length !== Number(process.env.SECRET_LENGTH)) throw new Error("the pending value has the wrong length");
}

async function finishSecret(SecretId, ClientRequestToken, versions) {
  const current = Object.keys(versions).find((version) => versions[version].includes("AWSCURRENT"));
  await client.send(
    new UpdateSecretVersionStageCommand({ SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: ClientRequestToken, RemoveFromVersionId: current }),
  );
}
`;

/** The module that is told of each new value before it becomes current: nobody else need know. */
export const noAnnouncementSource = "export async function announce() {}\n";
