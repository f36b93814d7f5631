import assert from "node:assert/strict";
import { GlobalIngress, type GlobalIngressArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { accountId } from "../references";

const accelerator = "aws:globalaccelerator/accelerator:Accelerator";
const listener = "aws:globalaccelerator/listener:Listener";
const record = "aws:route53/record:Record";

const minimal: GlobalIngressArgs = { accountId, zone: { zoneId: "Z1", domain: "exchange.example" } };

function ingressWith(over: Partial<GlobalIngressArgs> = {}): () => GlobalIngress {
  return () => new GlobalIngress("world", { ...minimal, ...over });
}

describeComponent("GlobalIngress", ingressWith(), (subject) => {
  it("makes an accelerator and listener for the REST API and for sockets, their hosts and a log bucket, and nothing else", () => {
    assertResources(subject.graph, {
      [accelerator]: ["world-rest", "world-sockets"],
      [listener]: ["world-rest-listener", "world-sockets-listener"],
      [record]: ["world-api", "world-binary", "world-stream", "world-ws-api"],
      "aws:s3/bucket:Bucket": ["world-logs-bucket"],
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["world-logs-ownership"],
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["world-logs-public-access"],
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ["world-logs-encryption"],
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["world-logs-lifecycle"],
      "aws:s3/bucketPolicy:BucketPolicy": ["world-logs-policy"],
    });
  });

  it("names no region: they join by themselves", () => {
    assert.deepEqual(
      subject.graph.resources.filter(({ type }) => type.includes("endpointGroup")),
      [],
    );
  });

  it("listens on 443, for sockets also on the port of binary orders, logs flows, and keeps its addresses from being deleted", () => {
    for (const [kind, ports] of [
      ["rest", [443]],
      ["sockets", [443, 9443]],
    ] as const) {
      const portRanges = ports.map((port) => ({ fromPort: port, toPort: port }));
      assertInputs(subject.graph, listener, `world-${kind}-listener`, { protocol: "TCP", portRanges });
      const { inputs, protect } = subject.graph.get(accelerator, `world-${kind}`);
      assert.equal((inputs.attributes as { flowLogsEnabled: boolean }).flowLogsEnabled, true);
      assert.equal(protect, true);
    }
  });

  it("spreads the connections of a client over endpoints, unless they are to stay with one", async () => {
    const affinities = (graph: typeof subject.graph) => graph.ofType(listener).map(({ inputs }) => inputs.clientAffinity);
    assert.deepEqual(affinities(subject.graph), ["NONE", "NONE"]);
    assert.deepEqual(affinities(await subject.record(ingressWith({ clientAffinity: "SOURCE_IP" }))), ["SOURCE_IP", "SOURCE_IP"]);
  });

  it("leads each host to its accelerator", () => {
    for (const [host, kind] of [
      ["api", "rest"],
      ["ws-api", "sockets"],
      ["stream", "sockets"],
      ["binary", "sockets"],
    ]) {
      const resource = assertInputs(subject.graph, record, `world-${host}`, { name: `${host}.exchange.example`, type: "A" });
      assert.deepEqual(
        subject.graph.referencesOf(resource, "aliases").map(({ name }) => name),
        [`world-${kind}`],
      );
    }
  });
});

describe("GlobalIngress arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<GlobalIngressArgs["transform"]>();
    const graph = await recordProgram({}, ingressWith({ transform: probe.transform }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("open further ports for sockets", async () => {
    const graph = await recordProgram({}, ingressWith({ ports: { sockets: [443, 9443] } }));
    const { portRanges } = graph.get(listener, "world-sockets-listener").inputs;
    assert.deepEqual(
      portRanges,
      [443, 9443].map((port) => ({ fromPort: port, toPort: port })),
    );
  });

  const faulty: [what: string, over: Partial<GlobalIngressArgs>, paths: string[]][] = [
    ["no port", { ports: { rest: [] } }, ['ports["rest"]']],
    ["a port twice", { ports: { rest: [443, 443] } }, ['ports["rest"][1]']],
    ["a port above 65535", { ports: { sockets: [70000] } }, ['ports["sockets"][0]']],
    ["ports of an accelerator that does not exist", { ports: { web: [443] } as never }, ['ports["web"]']],
    ["a domain that is none", { zone: { zoneId: "Z1", domain: "exchange" } }, ["zone.domain"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(ingressWith(over), paths);
    });
  }
});
