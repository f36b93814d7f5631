import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AutomationName, automationDocuments, FleetOperations, type FleetOperationsArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  probeTransforms,
  type ResourceGraph,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { accountId, keyRef } from "../references";
import { type ApiCall, type FakeApi, runAutomation } from "./automation-run";

const ssmDocument = "aws:ssm/document:Document";
const names = Object.keys(automationDocuments) as AutomationName[];

const minimal: FleetOperationsArgs = {
  accountId,
  region: "us-east-1",
  clusterName: "trading",
  logKey: keyRef("log"),
  parameters: { cluster: "trading" },
  hybrid: { machines: 10, until: "2027-01-31T00:00:00Z" },
};

function fleetWith(over: Partial<FleetOperationsArgs> = {}): () => FleetOperations {
  return () => new FleetOperations("fleet", { ...minimal, ...over });
}

describeComponent("FleetOperations", fleetWith(), (subject) => {
  it("makes a document with its role for each runbook, sessions, patches and the activation, and nothing else", () => {
    assertResources(subject.graph, {
      "aws:ssm/parameter:Parameter": ["fleet-parameter-cluster"],
      [ssmDocument]: [...names.map((name) => `fleet-${name}`), "fleet-sessions"],
      "aws:iam/role:Role": [...names.map((name) => `fleet-${name}-role`), "fleet-premises-role"],
      "aws:iam/rolePolicy:RolePolicy": names.map((name) => `fleet-${name}-role-policy`),
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["fleet-premises-role-policy"],
      "aws:ssm/activation:Activation": ["fleet-premises"],
      "aws:ssm/patchBaseline:PatchBaseline": ["fleet-patches"],
      "aws:ssm/patchGroup:PatchGroup": ["fleet-patches-group"],
      "aws:ssm/maintenanceWindow:MaintenanceWindow": ["fleet-patches-window"],
      "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget": ["fleet-patches-target"],
      "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask": ["fleet-patches-task"],
      "aws:cloudwatch/logGroup:LogGroup": ["fleet-session-logs"],
    });
  });

  it("runs every document as a role of its own, which Systems Manager of this account alone assumes and which may do its steps alone", () => {
    if (!subject.known) return;
    for (const name of names) {
      const content = contentOf(subject.graph, name);
      const role = subject.graph.get("aws:iam/role:Role", `fleet-${name}-role`);
      assert.equal(content.assumeRole, role.outputs.arn, name);
      const [trust] = JSON.parse(String(role.inputs.assumeRolePolicy)).Statement;
      assert.deepEqual(
        [trust.Principal, trust.Condition],
        [{ Service: "ssm.amazonaws.com" }, { StringEquals: { "aws:SourceAccount": accountId } }],
      );
      const policy = JSON.parse(String(subject.graph.get("aws:iam/rolePolicy:RolePolicy", `fleet-${name}-role-policy`).inputs.policy));
      const granted: string[] = policy.Statement.flatMap(({ Action }: { Action: string[] }) => Action);
      const called = content.mainSteps.map(({ inputs }) => `${inputs.Service}:${inputs.Api}`);
      assert.deepEqual(granted.sort(), [...new Set(called)].sort(), name);
    }
  });

  it("encrypts and logs sessions as they run, ends them when idle, and opens them as a user without rights", () => {
    const { inputs } = assertInputs(subject.graph, ssmDocument, "fleet-sessions", {
      name: "SSM-SessionManagerRunShell",
      documentType: "Session",
    });
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "fleet-session-logs", {
      kmsKeyId: keyRef("log").arn,
      retentionInDays: 365,
    });
    if (!subject.known) return;
    const settings = JSON.parse(String(inputs.content)).inputs;
    assert.deepEqual(
      [settings.kmsKeyId, settings.cloudWatchEncryptionEnabled, settings.cloudWatchStreamingEnabled, settings.idleSessionTimeout],
      ["log", true, true, "15"],
    );
    assert.deepEqual([settings.runAsEnabled, settings.runAsDefaultUser], [true, "ssm-operator"]);
  });

  it("installs security patches after a week, in the window, on machines that carry the group's tag", () => {
    const { inputs } = assertInputs(subject.graph, "aws:ssm/patchBaseline:PatchBaseline", "fleet-patches", {
      rejectedPatchesAction: "BLOCK",
    });
    assert.equal((inputs.approvalRules as { approveAfterDays: number }[])[0].approveAfterDays, 7);
    assertInputs(subject.graph, "aws:ssm/maintenanceWindow:MaintenanceWindow", "fleet-patches-window", {
      schedule: "cron(0 3 ? * SUN *)",
      duration: 3,
      cutoff: 1,
      allowUnassociatedTargets: false,
    });
    assertInputs(subject.graph, "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget", "fleet-patches-target", {
      targets: [{ key: "tag:PatchGroup", values: ["fleet-machines"] }],
    });
    assertInputs(subject.graph, "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask", "fleet-patches-task", {
      taskArn: "AWS-RunPatchBaseline",
      maxErrors: "1",
    });
  });

  it("lets as many machines on premises register as was said, until it was said, and keeps the code secret", () => {
    const { secretOutputs } = assertInputs(subject.graph, "aws:ssm/activation:Activation", "fleet-premises", {
      registrationLimit: 10,
      expirationDate: "2027-01-31T00:00:00Z",
    }) as { secretOutputs?: readonly string[] };
    if (secretOutputs !== undefined) assert.deepEqual(secretOutputs, ["activationCode"]);
  });
});

describe("Automation documents", () => {
  const contents: Partial<Record<AutomationName, string>> = {};
  before(async () => {
    const graph = await recordProgram({}, fleetWith());
    for (const name of names) contents[name] = String(graph.get(ssmDocument, `fleet-${name}`).inputs.content);
  });

  const balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/entry/0123456789abcdef";
  const shift = { LoadBalancerArn: balancer, ZoneId: "use1-az4", Comment: "zone is slow" };

  it("shift a zone: start it, and wait until it is applied", () => {
    const statuses = ["NOT_APPLIED", "APPLIED"];
    const { calls, outputs } = runAutomation(contents["shift-zone"]!, shift, ({ api }) =>
      api === "StartZonalShift" ? { zonalShiftId: "shift-1" } : { zonalShifts: [{ appliedStatus: statuses.shift() }] },
    );
    assert.deepEqual(
      calls.map(({ api }) => api),
      ["StartZonalShift", "GetManagedResource", "GetManagedResource"],
    );
    assert.deepEqual(calls[0].inputs, { resourceIdentifier: balancer, awayFrom: "use1-az4", expiresIn: "2h", comment: "zone is slow" });
    assert.deepEqual(outputs, { "start.ShiftId": "shift-1" });
  });

  it("replace a node that is in service, and wait until it is gone", () => {
    const states = ["running", "shutting-down", "terminated"];
    const { calls } = runAutomation(contents["replace-node"]!, { InstanceId: "i-0123456789abcdef0" }, ({ api }) => {
      if (api === "DescribeAutoScalingInstances") return { AutoScalingInstances: [{ LifecycleState: "InService" }] };
      if (api === "TerminateInstanceInAutoScalingGroup") return { Activity: { ActivityId: "a" } };
      return { Reservations: [{ Instances: [{ State: { Name: states.shift() } }] }] };
    });
    assert.deepEqual(calls[1].inputs, { InstanceId: "i-0123456789abcdef0", ShouldDecrementDesiredCapacity: false });
    assert.equal(calls.length, 5);
  });

  it("leave a node alone that belongs to no group, or is leaving already", () => {
    for (const answer of [{ AutoScalingInstances: [] }, { AutoScalingInstances: [{ LifecycleState: "Terminating" }] }]) {
      const calls: ApiCall[] = [];
      const api: FakeApi = (call) => {
        calls.push(call);
        return answer;
      };
      assert.throws(() => runAutomation(contents["replace-node"]!, { InstanceId: "i-0123456789abcdef0" }, api), /belongs/);
      assert.equal(calls.length, 1);
    }
  });

  it("restart a service, and fail when its tasks do not come up", () => {
    const given = { Cluster: "exchange", Service: "exchange-gateway" };
    const answers = (rolloutState: string): FakeApi => {
      return ({ api }) =>
        api === "UpdateService" ? { service: { deployments: [{ id: "d" }] } } : { services: [{ deployments: [{ rolloutState }] }] };
    };
    const { calls, outputs } = runAutomation(contents["restart-service"]!, given, answers("COMPLETED"));
    assert.equal(calls[0].inputs.forceNewDeployment, true);
    assert.deepEqual(outputs, { "restart.Deployment": "d" });
    assert.throws(() => runAutomation(contents["restart-service"]!, given, answers("FAILED")), /restarted: the value did not come/);
  });

  it("ask the logs, wait for the answer and return its rows", () => {
    const given = { LogGroup: "/aws/containerinsights/trading/application", Query: "fields @message", From: 0, To: 60 };
    const { calls, outputs } = runAutomation(contents["ask-logs"]!, given, ({ api }) =>
      api === "StartQuery" ? { queryId: "q-1" } : { status: "Complete", results: [[{ field: "@message", value: "line" }]] },
    );
    assert.deepEqual(calls[0].inputs, { logGroupName: given.LogGroup, queryString: given.Query, startTime: 0, endTime: 60 });
    assert.deepEqual(calls[2].inputs, { queryId: "q-1" });
    assert.deepEqual(outputs["read.Rows"], [[{ field: "@message", value: "line" }]]);
  });

  it("take no parameter that does not match what it is for", () => {
    const never: FakeApi = () => assert.fail("nothing may be called");
    const wrong: [AutomationName, Record<string, string | number>][] = [
      ["shift-zone", { ...shift, ZoneId: "us-east-1a" }],
      ["shift-zone", { ...shift, LoadBalancerArn: "arn:aws:rds:us-east-1:1:db:users" }],
      ["shift-zone", { ...shift, ExpiresIn: "forever" }],
      ["replace-node", { InstanceId: "node-1" }],
      ["restart-service", { Cluster: "a b", Service: "gateway" }],
      ["ask-logs", { LogGroup: "/aws/cloudtrail", Query: "fields @message", From: 0, To: 1 }],
    ];
    for (const [name, given] of wrong) assert.throws(() => runAutomation(contents[name]!, given, never), /does not match/, name);
  });

  it("are each asked for by the runbook that they name, and end with their last step", () => {
    for (const name of names) {
      const page = join(__dirname, "../../../docs/runbooks", `${automationDocuments[name].runbook}.md`);
      assert.ok(existsSync(page) && readFileSync(page, "utf8").includes(`\`${name}\``), `${page} must name ${name}`);
      const steps = JSON.parse(contents[name]!).mainSteps as { isEnd: boolean; onFailure: string; maxAttempts: number }[];
      assert.deepEqual(
        steps.map(({ isEnd }) => isEnd),
        steps.map((_, index) => index === steps.length - 1),
      );
      for (const { onFailure, maxAttempts } of steps) assert.deepEqual([onFailure, maxAttempts], ["Abort", 1], name);
    }
  });
});

describe("FleetOperations arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<FleetOperationsArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, fleetWith({ transform: probe.transform })), probe), []);
  });

  it("leave sessions' settings alone where the account has them, and register nothing on premises unless told so", async () => {
    const graph = await recordProgram({}, fleetWith({ sessions: "adopt", hybrid: undefined }));
    assert.deepEqual(graph.ofType("aws:ssm/activation:Activation"), []);
    assert.equal(graph.ofType(ssmDocument).length, names.length);
  });

  it("add a parameter without touching the others", async () => {
    const difference = differenceOf(
      await recordProgram({}, fleetWith()),
      await recordProgram({}, fleetWith({ parameters: { cluster: "trading", home: "us-east-1" } })),
    );
    assert.deepEqual([difference.removed, difference.replaced, difference.updated].flat(), []);
    assert.deepEqual(
      difference.added.map(({ name }) => name),
      ["fleet-parameter-home"],
    );
  });

  const faulty: [what: string, over: Partial<FleetOperationsArgs>, paths: string[]][] = [
    ["a document that there is none of", { documents: ["reboot" as AutomationName] }, ["documents[0]"]],
    ["a document twice", { documents: ["ask-logs", "ask-logs"] }, ["documents[1]"]],
    ["a parameter with a slash", { parameters: { "a/b": "1" } }, ['parameters["a/b"]']],
    ["a parameter that is a secret", { parameters: { "sql-password": "1" } }, ['parameters["sql-password"]']],
    ["no machine on premises", { hybrid: { machines: 0, until: "2027-01-31T00:00:00Z" } }, ["hybrid.machines"]],
    ["machines on premises until some day", { hybrid: { machines: 1, until: "tomorrow" } }, ["hybrid.until"]],
    ["a schedule in words", { patching: { schedule: "on sundays", hours: 3 } }, ["patching.schedule"]],
    ["a window of an hour, which its cut-off takes", { patching: { schedule: "rate(7 days)", hours: 1 } }, ["patching.hours"]],
    ["sessions that are half there", { sessions: "some" as "adopt" }, ["sessions"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(fleetWith(over), paths);
    });
  }
});

interface Content {
  assumeRole: string;
  mainSteps: { inputs: { Service: string; Api: string } }[];
}

function contentOf(graph: ResourceGraph, name: AutomationName): Content {
  return JSON.parse(String(graph.get(ssmDocument, `fleet-${name}`).inputs.content));
}
