import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { InputPropertiesError } from "@pulumi/pulumi";
import { assertTagged, type ResourceGraph, recordProgram, stackReferenceType } from "bourse/testing";
import { program, readSettings } from "../../stacks";
import { recordLayers, stackFolder, valuesOf } from "./stack-files";

const stacks = readdirSync(stackFolder)
  .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
  .filter((stack) => stack !== undefined);

/** The stacks of a file: one, or one for each layer of a region. */
async function recordFile(stack: string, deployed?: ResourceGraph[]): Promise<ResourceGraph[]> {
  const values = valuesOf(stack);
  if ("layers" in values) return recordLayers(stack, values, deployed);
  return [await recordProgram({ stack, known: deployed === undefined, accountId: String(values.accountId) }, () => program(values))];
}

// A region is some 350 resources; a busy machine takes seconds to record one.
describe("Stacks", function () {
  this.timeout(120_000);

  it("include a region and the global stack", () => {
    assert.ok(stacks.includes("us-east-1") && stacks.includes("global"));
  });

  for (const stack of stacks) {
    it(`${stack} registers the same tagged resources with known and unknown outputs, in its own account`, async () => {
      const known = await recordFile(stack);
      const unknown = await recordFile(stack, known);
      const urns = (graphs: ResourceGraph[]) => graphs.map(({ resources }) => resources.map(({ urn }) => urn).sort());
      assert.deepEqual(urns(unknown), urns(known));
      for (const graph of known) {
        assertTagged(graph, ["Name", "bourse:component", "bourse:preset", "bourse:scope"]);
        for (const provider of graph.ofType("pulumi:providers:aws")) {
          assert.deepEqual(JSON.parse(String(provider.inputs.allowedAccountIds)), [valuesOf(stack).accountId], provider.name);
        }
        const unrouted = graph.resources.filter(
          ({ type, custom, provider }) => type.startsWith("aws:") && custom && provider === undefined,
        );
        assert.deepEqual(
          unrouted.map(({ name }) => name),
          [],
        );
      }
    });
  }

  it("show every resource of a region in that region, but for the home region's side of a link, and the key of the table that both write", async () => {
    const elsewhere: Record<string, string[]> = {};
    for (const stack of ["us-east-1", "us-west-2"]) {
      const resources = (await recordFile(stack)).flatMap((graph) => graph.resources);
      elsewhere[stack] = resources
        .filter(({ region, custom, type }) => custom && type !== stackReferenceType && region !== stack)
        .map(({ name, region }) => `${region} ${name}`);
    }
    assert.deepEqual(elsewhere["us-east-1"], [
      "us-west-2 aws-us-west-2",
      "us-west-2 bourse-leadership-keys-data",
      "us-west-2 bourse-leadership-keys-data-alias",
    ]);
    assert.deepEqual([...new Set(elsewhere["us-west-2"])].sort(), [
      "us-east-1 aws-us-east-1",
      "us-east-1 bourse-authority-issuing-certificate",
      "us-east-1 bourse-link-peering-accepter",
      "us-east-1 bourse-link-peering-back-use1-az1",
      "us-east-1 bourse-link-peering-back-use1-az4",
      "us-east-1 bourse-link-peering-back-use1-az6",
      "us-east-1 bourse-link-to-us-east-1",
    ]);
  });

  it("give out of the records' account what the home region copies to, and let its account alone put it there", async () => {
    const [graph] = await recordFile("records");
    const home = valuesOf("us-east-1");
    const { archiveCopy, backupCopy } = graph.stackOutputs as { archiveCopy: Record<string, string>; backupCopy: string };
    assert.equal(readSettings({ ...home, archiveCopy, backupCopy }).scope, "region");
    assert.deepEqual(Object.keys(archiveCopy).sort(), Object.keys(home.archiveCopy as object).sort());
    assert.deepEqual([archiveCopy.accountId, valuesOf("records").recordsOf], ["222233334444", [home.accountId]]);

    const statements = (type: string, name: string) =>
      (JSON.parse(String(graph.get(type, name).inputs.policy)).Statement as Record<string, unknown>[])
        .filter(({ Sid }) => Sid === "CopiesOfOtherAccounts")
        .map(({ Principal, Action }) => [Principal, Action]);
    const account = { AWS: [`arn:aws:iam::${home.accountId}:root`] };
    assert.deepEqual(
      [
        ...statements("aws:s3/bucketPolicy:BucketPolicy", "records-archive-policy"),
        ...statements("aws:backup/vaultPolicy:VaultPolicy", "records-backups-vault-policy"),
        ...statements("aws:kms/key:Key", "records-keys-data"),
      ],
      [
        [account, ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"]],
        [account, "backup:CopyIntoBackupVault"],
        [account, ["kms:Encrypt", "kms:GenerateDataKey"]],
      ],
    );
  });

  it("lock the archive and the backups of the records' account for whoever owns it", async () => {
    const [graph] = await recordFile("records");
    const lock = graph.get("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "records-archive-lock");
    assert.deepEqual(lock.inputs.rule, { defaultRetention: { mode: "COMPLIANCE", days: 2557 } });
    const vaultLock = graph.get("aws:backup/vaultLockConfiguration:VaultLockConfiguration", "records-backups-vault-lock");
    assert.deepEqual([vaultLock.inputs.minRetentionDays, vaultLock.inputs.changeableForDays], [35, 3]);
    assert.deepEqual(graph.ofType("aws:backup/plan:Plan"), []);
  });

  it("register nothing by being imported", async () => {
    const graph = await recordProgram({}, () => {
      for (const key of Object.keys(require.cache)) if (key.startsWith(stackFolder)) delete require.cache[key];
      require("../../stacks");
    });
    assert.deepEqual(graph.resources, []);
  });
});

describe("Configuration of a stack", () => {
  const region = valuesOf("us-east-1");

  it("has defaults for what may be left out", () => {
    const { preset, image, clusterCidrs, ...rest } = region;
    const settings = readSettings(rest);
    assert.equal(settings.preset, "production");
    assert.equal(settings.scope === "region" && settings.image, "");
    assert.deepEqual([preset, image, clusterCidrs], ["production", undefined, undefined]);
  });

  const faulty: [what: string, over: Record<string, unknown>, path: string][] = [
    ["no scope", { scope: undefined }, "scope"],
    ["an unknown scope", { scope: "planet" }, "scope"],
    ["an unknown preset", { preset: "staging" }, "preset"],
    ["an account that lost its leading zero as a number", { accountId: 11112222333 }, "accountId"],
    ["no domain", { domain: undefined }, "domain"],
    ["no region", { region: "" }, "region"],
    ["zones in one text", { zones: "use1-az1,use1-az4" }, "zones"],
    ["numbers among the zones", { zones: [1, 2] }, "zones"],
    ["a global stack without organization", { globalStack: "global" }, "globalStack"],
    ["a store that does not exist", { stores: ["sql", "blockchain"] }, "stores"],
    [
      "a home region's stack without the region",
      { homeStack: "organization/bourse/us-west-2", homeCidr: "10.17.0.0/16", homeZones: ["usw2-az1"] },
      "homeRegion",
    ],
    ["a home region's zones without its stack", { homeZones: ["usw2-az1"] }, "homeZones"],
    ["some of the layers", { layers: ["data", "services"] }, "layers"],
    ["an archive's copy without its key", { archiveCopy: { bucketArn: "arn:aws:s3:::far" } }, "archiveCopy"],
    [
      "an archive's copy in no account",
      { archiveCopy: { bucketArn: "arn:aws:s3:::far", keyArn: "arn:aws:kms:us-west-2:222233334444:key/k", accountId: "far" } },
      "archiveCopy",
    ],
    ["backups that go to a bucket", { backupCopy: "arn:aws:s3:::far" }, "backupCopy"],
    ["a misspelt key", { hotzone: "use1-az4" }, "hotzone"],
    ["an administrator that is no list", { administrators: "arn:aws:iam::1:role/a" }, "administrators"],
  ];
  for (const [what, over, path] of faulty) {
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => readSettings({ ...region, ...over }),
        (error) => InputPropertiesError.isInstance(error) && error.errors?.length === 1 && error.errors[0].propertyPath === path,
      );
    });
  }

  it("of the records' account is refused without accounts that copy there, or with settings of a region", () => {
    for (const over of [{ recordsOf: undefined }, { recordsOf: [] }, { recordsOf: ["home"] }, { region: "" }, { zones: ["usw2-az1"] }]) {
      assert.throws(
        () => readSettings({ ...valuesOf("records"), ...over }),
        (error) =>
          InputPropertiesError.isInstance(error) && error.errors?.length === 1 && error.errors[0].propertyPath === Object.keys(over)[0],
        JSON.stringify(over),
      );
    }
  });

  it("is refused with all its faults at once", () => {
    assert.throws(
      () => readSettings({ scope: "region" }),
      (error) => InputPropertiesError.isInstance(error) && (error.errors?.length ?? 0) >= 7,
    );
  });
});
