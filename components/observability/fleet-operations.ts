/** Systems Manager for the region's machines and for its operators: parameters, runbooks that run, patches, sessions, machines on premises. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  assumedBy,
  BourseComponent,
  type CommonArgs,
  choiceFaults,
  type Fault,
  type KeyRef,
  policyDocument,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";
import { type AutomationDocument, type AutomationName, automationContent, automationDocuments } from "./automation-documents";

/** What may be chosen of {@link FleetOperations}. */
export interface OperationsChoice {
  /** Runbooks that run as documents. Plain, since it decides how many children exist. @default all of {@link automationDocuments} */
  documents?: readonly AutomationName[];
  /** Facts for scripts and people, by name below `/<name>/`; none of them secret. Plain keys. @default none */
  parameters?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Settings of Session Manager, of which an account has one set in a region: made here, or there already. Sessions are logged, encrypted, and end when idle. @default "create"
   */
  sessions?: "create" | "adopt";
  /** Machines on premises that may register, and until when (`YYYY-MM-DDThh:mm:ssZ`, within 30 days). @default none may */
  hybrid?: { machines: number; until: string };
  /** When patches are installed, and for how many hours: a schedule of Systems Manager, in UTC. @default Sundays at 03:00, for 3 hours */
  patching?: { schedule: string; hours: number };
}

/** Arguments of {@link FleetOperations}. */
export interface FleetOperationsArgs extends CommonArgs, OperationsChoice {
  accountId: pulumi.Input<string>;
  region: pulumi.Input<string>;
  clusterName: string;
  /** Log group of the services' tasks, which the document `ask-logs` may ask. @default those of the cluster's pods and nodes */
  taskLogGroupName?: pulumi.Input<string>;
  /** Encrypts what is typed and shown in sessions, and their log. */
  logKey: KeyRef;
  /** Days that logs of sessions are kept. @default 365 */
  sessionLogDays?: number;
  transform?: FleetOperationsTransform;
}

export interface FleetOperationsTransform {
  parameter?: Transform<aws.ssm.ParameterArgs>;
  document?: Transform<aws.ssm.DocumentArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
  managedPolicy?: Transform<aws.iam.RolePolicyAttachmentArgs>;
  baseline?: Transform<aws.ssm.PatchBaselineArgs>;
  patchGroup?: Transform<aws.ssm.PatchGroupArgs>;
  window?: Transform<aws.ssm.MaintenanceWindowArgs>;
  windowTarget?: Transform<aws.ssm.MaintenanceWindowTargetArgs>;
  windowTask?: Transform<aws.ssm.MaintenanceWindowTaskArgs>;
  activation?: Transform<aws.ssm.ActivationArgs>;
  logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
}

/** The name that Session Manager reads its settings by (Systems Manager guide, "Update Session Manager preferences"). */
export const sessionDocumentName = "SSM-SessionManagerRunShell";

const defaultPatching = { schedule: "cron(0 3 ? * SUN *)", hours: 3 };

export function operationsFaults(path: string, choice: OperationsChoice): Fault[] {
  const faults = choiceFaults(`${path}sessions`, choice.sessions, ["create", "adopt"]);
  choice.documents?.forEach((name, index) => {
    faults.push(...choiceFaults(`${path}documents[${index}]`, name, Object.keys(automationDocuments)));
    if (choice.documents!.indexOf(name) !== index) {
      faults.push({ path: `${path}documents[${index}]`, given: name, allowed: "each document once", fix: "remove the repetition" });
    }
  });
  for (const key of Object.keys(choice.parameters ?? {})) {
    // Systems Manager API, PutParameter: letters, digits and .-_ in a part of the name.
    if (/^[A-Za-z0-9._-]{1,100}$/.test(key) && !/secret|password|token/i.test(key)) continue;
    const allowed = "letters, digits and .-_, and no secret, which Secrets Manager keeps";
    faults.push({ path: `${path}parameters["${key}"]`, given: key, allowed, fix: "rename it, or pass the ARN of a secret" });
  }
  if (choice.hybrid !== undefined) {
    const { machines, until } = choice.hybrid;
    // Systems Manager API, CreateActivation: RegistrationLimit.
    faults.push(...wholeNumberFaults(`${path}hybrid.machines`, machines, 1, 1000, "use the number of machines"));
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(until) || Number.isNaN(Date.parse(until))) {
      const allowed = "a time as YYYY-MM-DDThh:mm:ssZ";
      faults.push({ path: `${path}hybrid.until`, given: until, allowed, fix: "write for example 2027-01-31T00:00:00Z" });
    }
  }
  if (choice.patching !== undefined) {
    const { schedule, hours } = choice.patching;
    if (!/^(cron|rate|at)\(.+\)$/.test(schedule)) {
      const allowed = "a schedule as cron(...), rate(...) or at(...)";
      faults.push({ path: `${path}patching.schedule`, given: schedule, allowed, fix: `write ${defaultPatching.schedule}` });
    }
    // An hour less for the cut-off, after which nothing new is started (Systems Manager API, CreateMaintenanceWindow).
    faults.push(...wholeNumberFaults(`${path}patching.hours`, hours, 2, 24, "use 3, the default"));
  }
  return faults;
}

/**
 * Runbook documents that run as roles of their own, a patch baseline with its weekly window for machines that are not replaced (those on premises), sessions
 * that are logged and encrypted instead of SSH, and the activation by which machines on premises join.
 */
export class FleetOperations extends BourseComponent {
  /** Names of the automation documents. */
  readonly documentNames: Readonly<Partial<Record<AutomationName, pulumi.Output<string>>>>;

  constructor(
    name: string,
    private readonly args: FleetOperationsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bourse:observability:FleetOperations", name, args, operationsFaults("", args), opts);
    for (const [key, value] of Object.entries(args.parameters ?? {})) this.createParameter(key, value);
    const documentNames: Partial<Record<AutomationName, pulumi.Output<string>>> = {};
    for (const key of args.documents ?? (Object.keys(automationDocuments) as AutomationName[])) {
      documentNames[key] = this.createAutomation(key, automationDocuments[key]).name;
    }
    this.createPatching();
    if (args.sessions !== "adopt") this.createSessionSettings();
    if (args.hybrid !== undefined) this.createActivation(args.hybrid);

    this.documentNames = documentNames;
    this.registerOutputs({ documentNames });
  }

  private createParameter(key: string, value: pulumi.Input<string>): void {
    const name = `${this.name}-parameter-${key}`;
    new aws.ssm.Parameter(
      ...transformed<aws.ssm.ParameterArgs>(
        this.args.transform?.parameter,
        name,
        { name: `/${this.name}/${key}`, type: "String", value, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private createRole(name: string, trust: pulumi.Input<string>): aws.iam.Role {
    return new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        this.args.transform?.role,
        name,
        { assumeRolePolicy: trust, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private createDocument(key: string, document: aws.ssm.DocumentArgs, dependsOn: pulumi.Resource[] = []): aws.ssm.Document {
    const name = `${this.name}-${key}`;
    return new aws.ssm.Document(
      ...transformed<aws.ssm.DocumentArgs>(
        this.args.transform?.document,
        name,
        { documentFormat: "JSON", ...document, tags: this.tagsFor(name) },
        this.childOptions({ dependsOn }),
      ),
    );
  }

  private createAutomation(key: AutomationName, document: AutomationDocument): aws.ssm.Document {
    const { accountId, transform } = this.args;
    const role = this.createRole(`${this.name}-${key}-role`, assumedBy("ssm.amazonaws.com", accountId));
    const policy = new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        transform?.rolePolicy,
        `${this.name}-${key}-role-policy`,
        { role: role.name, policy: policyDocument(...document.permissions(this.args)) },
        this.childOptions(),
      ),
    );
    return this.createDocument(key, { documentType: "Automation", content: automationContent(document, role.arn) }, [policy]);
  }

  /** Security patches after a week in which they could be withdrawn, installed in the window on a few machines at a time. */
  private createPatching(): void {
    const { transform, patching = defaultPatching } = this.args;
    const group = `${this.name}-machines`;
    const name = `${this.name}-patches`;
    const baseline = new aws.ssm.PatchBaseline(
      ...transformed<aws.ssm.PatchBaselineArgs>(
        transform?.baseline,
        name,
        {
          description: "Security patches a week after their release",
          operatingSystem: "AMAZON_LINUX_2023",
          approvalRules: [
            {
              approveAfterDays: 7,
              complianceLevel: "HIGH",
              patchFilters: [
                { key: "CLASSIFICATION", values: ["Security"] },
                { key: "SEVERITY", values: ["Critical", "Important"] },
              ],
            },
          ],
          rejectedPatchesAction: "BLOCK",
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.ssm.PatchGroup(
      ...transformed<aws.ssm.PatchGroupArgs>(
        transform?.patchGroup,
        `${name}-group`,
        { baselineId: baseline.id, patchGroup: group },
        this.childOptions(),
      ),
    );
    const window = new aws.ssm.MaintenanceWindow(
      ...transformed<aws.ssm.MaintenanceWindowArgs>(
        transform?.window,
        `${name}-window`,
        {
          description: "Patches of machines that are not replaced",
          schedule: patching.schedule,
          scheduleTimezone: "Etc/UTC",
          duration: patching.hours,
          cutoff: 1,
          allowUnassociatedTargets: false,
          tags: this.tagsFor(`${name}-window`),
        },
        this.childOptions(),
      ),
    );
    const target = new aws.ssm.MaintenanceWindowTarget(
      ...transformed<aws.ssm.MaintenanceWindowTargetArgs>(
        transform?.windowTarget,
        `${name}-target`,
        { windowId: window.id, resourceType: "INSTANCE", targets: [{ key: "tag:PatchGroup", values: [group] }] },
        this.childOptions(),
      ),
    );
    new aws.ssm.MaintenanceWindowTask(
      ...transformed<aws.ssm.MaintenanceWindowTaskArgs>(
        transform?.windowTask,
        `${name}-task`,
        {
          windowId: window.id,
          targets: [{ key: "WindowTargetIds", values: [target.id] }],
          taskType: "RUN_COMMAND",
          taskArn: "AWS-RunPatchBaseline",
          priority: 1,
          // A patch that breaks machines stops after the first.
          maxConcurrency: "10%",
          maxErrors: "1",
          cutoffBehavior: "CONTINUE_TASK",
          taskInvocationParameters: {
            runCommandParameters: {
              comment: "Weekly patches",
              timeoutSeconds: 3600,
              parameters: [
                { name: "Operation", values: ["Install"] },
                { name: "RebootOption", values: ["RebootIfNeeded"] },
              ],
            },
          },
        },
        this.childOptions(),
      ),
    );
  }

  private createSessionSettings(): void {
    const { logKey, sessionLogDays = 365 } = this.args;
    const logGroup = this.createLogGroup("session-logs", this.args, sessionLogDays);
    this.createDocument("sessions", {
      name: sessionDocumentName,
      documentType: "Session",
      content: pulumi.jsonStringify({
        schemaVersion: "1.0",
        description: "Sessions are encrypted, logged as they run, and end when idle",
        sessionType: "Standard_Stream",
        inputs: {
          kmsKeyId: logKey.keyId,
          cloudWatchLogGroupName: logGroup.name,
          cloudWatchEncryptionEnabled: true,
          cloudWatchStreamingEnabled: true,
          s3BucketName: "",
          s3KeyPrefix: "",
          s3EncryptionEnabled: true,
          idleSessionTimeout: "15",
          maxSessionDuration: "60",
          // As a user without rights, who becomes root by name and in the log.
          runAsEnabled: true,
          runAsDefaultUser: "ssm-operator",
          shellProfile: { linux: "", windows: "" },
        },
      }),
    });
  }

  private createActivation(hybrid: NonNullable<OperationsChoice["hybrid"]>): void {
    const { accountId, transform } = this.args;
    const name = `${this.name}-premises`;
    const role = this.createRole(`${name}-role`, assumedBy("ssm.amazonaws.com", accountId));
    const attached = new aws.iam.RolePolicyAttachment(
      ...transformed<aws.iam.RolePolicyAttachmentArgs>(
        transform?.managedPolicy,
        `${name}-role-policy`,
        { role: role.name, policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" },
        this.childOptions(),
      ),
    );
    new aws.ssm.Activation(
      ...transformed<aws.ssm.ActivationArgs>(
        transform?.activation,
        name,
        {
          description: "Machines on premises",
          iamRole: role.name,
          registrationLimit: hybrid.machines,
          expirationDate: hybrid.until,
          tags: { ...this.tagsFor(name), PatchGroup: `${this.name}-machines` },
        },
        // Whoever has the code registers a machine.
        this.childOptions({ dependsOn: [attached], additionalSecretOutputs: ["activationCode"] }),
      ),
    );
  }
}
