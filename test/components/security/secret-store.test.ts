import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { SecretStore, type SecretStoreArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  literalKey,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { noAnnouncementSource, secretRotationSource } from "../../../components/security/secret-rotation-source";

const secretType = "aws:secretsmanager/secret:Secret";
const accountId = "123456789012";
const minimal: SecretStoreArgs = {
  accountId,
  key: literalKey("secret"),
  secrets: { envelope: { description: "Envelopes API secrets" }, mail: { description: "SMTP password", value: "given" } },
};

function storeWith(over: Partial<SecretStoreArgs> = {}): () => SecretStore {
  return () => new SecretStore("secrets", { ...minimal, ...over });
}

describeComponent("SecretStore", storeWith(), (subject) => {
  it("makes a secret with a policy for each role, and one rotation function for those that are generated", () => {
    assertResources(subject.graph, {
      [secretType]: ["secrets-envelope", "secrets-mail"],
      "aws:secretsmanager/secretPolicy:SecretPolicy": ["secrets-envelope-policy", "secrets-mail-policy"],
      "aws:secretsmanager/secretRotation:SecretRotation": ["secrets-envelope-rotation"],
      "aws:lambda/function:Function": ["secrets-rotation"],
      "aws:lambda/permission:Permission": ["secrets-rotation-permission"],
      "aws:cloudwatch/logGroup:LogGroup": ["secrets-rotation-log"],
      "aws:iam/role:Role": ["secrets-rotation-role"],
      "aws:iam/rolePolicy:RolePolicy": ["secrets-rotation-role-renews"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["secrets-rotation-errors-alarm"],
    });
  });

  it("never passes a value through the program", () => {
    assert.deepEqual(subject.graph.ofType("aws:secretsmanager/secretVersion:SecretVersion"), []);
  });

  it("encrypts with the given key, can undo a deletion for thirty days, and is protected", () => {
    for (const { name, protect } of subject.graph.ofType(secretType)) {
      assertInputs(subject.graph, secretType, name, { kmsKeyId: literalKey("secret").arn, recoveryWindowInDays: 30 });
      assert.equal(protect, true);
    }
  });

  it("refuses principals of other accounts", () => {
    assertInputs(subject.graph, "aws:secretsmanager/secretPolicy:SecretPolicy", "secrets-envelope-policy", {
      blockPublicPolicy: true,
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "OwnAccountAlone",
            Effect: "Deny",
            Principal: "*",
            Action: "secretsmanager:*",
            Resource: "*",
            Condition: { StringNotEquals: { "aws:PrincipalAccount": accountId } },
          },
        ],
      },
    });
  });

  it("generates at once and renews every thirty days", () => {
    assertInputs(subject.graph, "aws:secretsmanager/secretRotation:SecretRotation", "secrets-envelope-rotation", {
      rotateImmediately: true,
      rotationRules: { automaticallyAfterDays: 30 },
    });
  });

  it("lets Secrets Manager of this account alone call the function, and the function touch its own secrets alone", () => {
    assertInputs(subject.graph, "aws:lambda/permission:Permission", "secrets-rotation-permission", {
      principal: "secretsmanager.amazonaws.com",
      action: "lambda:InvokeFunction",
      sourceAccount: accountId,
    });
    if (!subject.known) return;
    const { policy } = subject.graph.get("aws:iam/rolePolicy:RolePolicy", "secrets-rotation-role-renews").inputs;
    const statements: { Action: string | string[]; Resource: string | string[] }[] = JSON.parse(policy as string).Statement;
    assert.deepEqual(statements[0].Resource, [subject.graph.get(secretType, "secrets-envelope").outputs.arn]);
    const everywhere = statements.filter(({ Resource }) => Resource === "*").flatMap(({ Action }) => Action);
    assert.deepEqual(everywhere, ["secretsmanager:GetRandomPassword", "xray:PutTraceSegments", "xray:PutTelemetryRecords"]);
  });

  it("encrypts the function's settings and keeps its log for 400 days", () => {
    assertInputs(subject.graph, "aws:lambda/function:Function", "secrets-rotation", {
      kmsKeyArn: literalKey("secret").arn,
      tracingConfig: { mode: "Active" },
    });
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "secrets-rotation-log", { retentionInDays: 400 });
  });
});

describe("SecretStore, by argument", () => {
  it("copies every secret to other regions, under their own keys", async () => {
    const graph = await recordProgram({}, storeWith({ replicaKeys: { "eu-west-1": literalKey("ireland") } }));
    assertInputs(graph, secretType, "secrets-mail", { replicas: [{ region: "eu-west-1", kmsKeyId: literalKey("ireland").arn }] });
  });

  it("makes no function when nothing is generated", async () => {
    const graph = await recordProgram({}, storeWith({ secrets: { mail: minimal.secrets.mail } }));
    assert.deepEqual(graph.ofType("aws:lambda/function:Function"), []);
  });

  it("changes only the function's rights when a secret is added", async () => {
    const before = await recordProgram({}, storeWith());
    const more = { ...minimal.secrets, cookies: { description: "Signs cookies" } };
    const difference = differenceOf(before, await recordProgram({}, storeWith({ secrets: more })));
    assert.deepEqual([difference.replaced, difference.removed], [[], []]);
    assert.deepEqual(
      difference.updated.map(({ after }) => after.name),
      ["secrets-rotation-role-renews"],
    );
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<SecretStoreArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, storeWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<SecretStoreArgs>, string[]][] = [
    ["no secret", { secrets: {} }, ["secrets"]],
    ["a role with a slash", { secrets: { "a/b": { description: "" } } }, ["secrets.a/b"]],
    [
      "a step of the renewal longer than a function may run",
      { announcement: { source: "", environment: {}, statements: [], timeoutSeconds: 901 } },
      ["announcement.timeoutSeconds"],
    ],
    ["a rotation below a day", { secrets: { a: { description: "", rotationDays: 0.5 } } }, ["secrets.a.rotationDays"]],
    ["a rotation beyond the limit", { secrets: { a: { description: "", rotationDays: 1001 } } }, ["secrets.a.rotationDays"]],
    [
      "the rotation of a given value",
      { secrets: { a: { description: "", value: "given", rotationDays: 30 } } },
      ["secrets.a.rotationDays"],
    ],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(storeWith(over), paths));
  }
});

describe("The rotation function", () => {
  let folder: string;
  let rotate: (event: { Step: string; SecretId: string; ClientRequestToken: string }) => Promise<void>;
  const service = globalThis as typeof globalThis & {
    versions?: Record<string, { value?: string; stages: string[] }>;
    enabled?: boolean;
    announced?: (value: string) => Promise<void>;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bourse-rotation-"));
    const sdk = join(folder, "node_modules/@aws-sdk/client-secrets-manager");
    await mkdir(sdk, { recursive: true });
    await writeFile(
      join(sdk, "package.json"),
      JSON.stringify({ name: "@aws-sdk/client-secrets-manager", version: "0.0.0", type: "module", main: "index.js" }),
    );
    await writeFile(join(sdk, "index.js"), secretsManagerInMemory);
    await writeFile(join(folder, "index.mjs"), secretRotationSource);
    await writeFile(join(folder, "quiet.mjs"), noAnnouncementSource);
    await writeFile(join(folder, "announce.mjs"), "export async function announce(value) { await globalThis.announced(value); }\n");
    process.env.SECRET_LENGTH = "64";
    rotate = (await import(pathToFileURL(join(folder, "index.mjs")).href)).handler;
  });

  after(async () => {
    delete process.env.SECRET_LENGTH;
    await rm(folder, { recursive: true });
  });

  beforeEach(() => {
    service.enabled = true;
    service.announced = async () => {};
    service.versions = { old: { value: "x".repeat(64), stages: ["AWSCURRENT"] }, new: { stages: ["AWSPENDING"] } };
  });

  async function run(...steps: string[]): Promise<void> {
    for (const Step of steps) await rotate({ Step, SecretId: "secret", ClientRequestToken: "new" });
  }

  it("makes a new value of 64 letters and digits current and keeps the old one as previous", async () => {
    await run("createSecret", "setSecret", "testSecret", "finishSecret");
    assert.deepEqual(service.versions?.new.stages, ["AWSPENDING", "AWSCURRENT"]);
    assert.match(service.versions?.new.value ?? "", /^[A-Za-z0-9]{64}$/);
    assert.deepEqual(service.versions?.old.stages, ["AWSPREVIOUS"]);
  });

  it("tells whoever else must know the new value before it becomes current, and goes on only when that is done", async () => {
    const told: [value: string, current: boolean][] = [];
    service.announced = async (value) => {
      told.push([value, service.versions!.new.stages.includes("AWSCURRENT")]);
      if (told.length === 1) throw new Error("CloudFront is busy");
    };
    await run("createSecret");
    await assert.rejects(run("setSecret"), /CloudFront is busy/);
    assert.deepEqual(service.versions?.old.stages, ["AWSCURRENT"]);
    await run("setSecret", "testSecret", "finishSecret");
    const { value } = service.versions!.new;
    assert.deepEqual(told, [
      [value, false],
      [value, false],
    ]);
  });

  it("tells nobody where nobody else reads the values", async () => {
    const { announce } = await import(pathToFileURL(join(folder, "quiet.mjs")).href);
    assert.equal(await announce("value"), undefined);
  });

  it("keeps the pending value when a step is repeated", async () => {
    await run("createSecret");
    const first = service.versions?.new.value;
    await run("createSecret", "testSecret");
    assert.equal(service.versions?.new.value, first);
  });

  it("refuses to finish with a value that was not stored whole", async () => {
    await run("createSecret");
    service.versions!.new.value = "short";
    await assert.rejects(run("testSecret"), /wrong length/);
    assert.deepEqual(service.versions?.old.stages, ["AWSCURRENT"]);
  });

  it("does nothing once the version is current, and refuses what it was not asked for", async () => {
    service.versions!.new.stages = ["AWSCURRENT"];
    await run("createSecret");
    assert.equal(service.versions?.new.value, undefined);
    service.versions!.new.stages = [];
    await assert.rejects(run("createSecret"), /not pending/);
    service.versions!.new.stages = ["AWSPENDING"];
    await assert.rejects(run("somethingElse"), /unknown step/);
    service.enabled = false;
    await assert.rejects(run("createSecret"), /not enabled/);
  });
});

/** The calls that the function makes, over `globalThis.versions`. */
const secretsManagerInMemory = `
import { randomBytes } from "node:crypto";
const command = (name) => class { constructor(input) { this.name = name; this.input = input; } };
export const DescribeSecretCommand = command("DescribeSecret");
export const GetRandomPasswordCommand = command("GetRandomPassword");
export const GetSecretValueCommand = command("GetSecretValue");
export const PutSecretValueCommand = command("PutSecretValue");
export const UpdateSecretVersionStageCommand = command("UpdateSecretVersionStage");
export const SecretsManagerClient = class {
  async send({ name, input }) {
    const { versions } = globalThis;
    switch (name) {
      case "DescribeSecret":
        return { RotationEnabled: globalThis.enabled, VersionIdsToStages: Object.fromEntries(Object.entries(versions).map(([id, { stages }]) => [id, stages])) };
      case "GetRandomPassword":
        return { RandomPassword: randomBytes(64).toString("hex").slice(0, input.PasswordLength) };
      case "GetSecretValue": {
        const version = versions[input.VersionId];
        if (version?.value === undefined || !version.stages.includes(input.VersionStage)) throw Object.assign(new Error("no value"), { name: "ResourceNotFoundException" });
        return { SecretString: version.value };
      }
      case "PutSecretValue":
        versions[input.ClientRequestToken].value = input.SecretString;
        return {};
      case "UpdateSecretVersionStage": {
        versions[input.MoveToVersionId].stages.push(input.VersionStage);
        versions[input.RemoveFromVersionId].stages = ["AWSPREVIOUS"];
        return {};
      }
    }
  }
};
`;
