import assert from "node:assert/strict";
import { ServiceImage, type ServiceImageArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const repository = "aws:ecr/repository:Repository";
const lifecycle = "aws:ecr/lifecyclePolicy:LifecyclePolicy";

function imageWith(args: ServiceImageArgs = {}): () => ServiceImage {
  return () => new ServiceImage("image", args);
}

describeComponent("ServiceImage", imageWith(), (subject) => {
  it("makes a repository, its lifecycle policy and the image that is built into it, and nothing else", () => {
    assertResources(subject.graph, {
      [repository]: ["image-repository"],
      [lifecycle]: ["image-repository-lifecycle"],
      "awsx:ecr:Image": ["image-build"],
    });
  });

  it("keeps a tag on the image that it was given to, scans each push, and encrypts with a key of KMS", () => {
    assertInputs(subject.graph, repository, "image-repository", {
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "KMS" }],
    });
  });

  it("keeps fifty releases and drops older ones", () => {
    assertInputs(subject.graph, lifecycle, "image-repository-lifecycle", {
      policy: {
        rules: [
          {
            rulePriority: 1,
            description: "Keep the newest releases",
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 50 },
            action: { type: "expire" },
          },
        ],
      },
    });
  });

  it("protects a repository and its images unless told not to", async () => {
    const kept = assertInputs(subject.graph, repository, "image-repository", { forceDelete: false });
    const disposable = assertInputs(await subject.record(imageWith({ protection: "off" })), repository, "image-repository", {
      forceDelete: true,
    });
    assert.deepEqual([kept.protect, disposable.protect], [true, false]);
  });

  it("builds the repository's Dockerfile for the processor of the nodes", () => {
    assertInputs(subject.graph, "awsx:ecr:Image", "image-build", {
      context: ".",
      dockerfile: "workloads/Dockerfile",
      platform: "linux/amd64",
    });
  });
});

describe("Arguments of ServiceImage", () => {
  it("are refused when no release before the last would be kept", () => {
    assertFaults(imageWith({ keptImages: 1 }), ["keptImages"]);
  });

  it("reach every child through its transform", async () => {
    const probe = probeTransforms<NonNullable<ServiceImageArgs["transform"]>>();
    const graph = await recordProgram({}, imageWith({ transform: probe.transform }));
    assert.deepEqual(untransformed(graph, probe), []);
  });
});
