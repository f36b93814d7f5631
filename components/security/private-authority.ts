/** Certificates for sockets within the exchange. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type Fault,
  nameFaults,
  type PolicyStatement,
  type Protection,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";

/** Arguments of {@link PrivateAuthority}. */
export interface PrivateAuthorityArgs extends CommonArgs, AlarmedArgs {
  /** Organisation in the subject of both authorities. Changing it **replaces** them. */
  organization: string;
  /** Root of another region, which signs this region's issuing authority, so that services of both trust each other. Changing it **replaces** the issuing authority's certificate. @default a root of its own */
  root?: SharedRoot;
  /** Years that the root is valid: 5 to 30. Changing it **replaces** its certificate. @default 10 */
  rootYears?: number;
  /**
   * `"managed"` lets AWS Certificate Manager issue and renew certificates, which ECS tasks fetch; it takes no authority of short-lived ones (ACM guide, "AWS Private CA modes"). A general authority costs
   * eight times as much. Changing it **replaces** the issuing authority. @default "short-lived": certificates of at most a week, which cert-manager asks for
   */
  issues?: "short-lived" | "managed";
  /** Years that the issuing authority is valid, fewer than the root. Changing it **replaces** its certificate. @default 3 */
  issuingYears?: number;
  /** @default "on" */
  protection?: Protection;
  transform?: PrivateAuthorityTransform;
}

/** A root that another region made. */
export interface SharedRoot {
  arn: pulumi.Input<string>;
  /** Provider of that region, where it signs. */
  provider: aws.Provider;
}

export interface PrivateAuthorityTransform extends AlarmTransform {
  authority?: Transform<aws.acmpca.CertificateAuthorityArgs>;
  certificate?: Transform<aws.acmpca.CertificateArgs>;
  installation?: Transform<aws.acmpca.CertificateAuthorityCertificateArgs>;
  permission?: Transform<aws.acmpca.PermissionArgs>;
}

export function privateAuthorityFaults(args: PrivateAuthorityArgs): Fault[] {
  const faults = [
    ...nameFaults("organization", args.organization, {
      longest: 64,
      pattern: /^[A-Za-z0-9 .,'()+:?=/-]+$/,
      words: "printable letters, digits and spaces",
    }),
    ...wholeNumberFaults("rootYears", args.rootYears, 5, 30, "use 10, the default"),
    ...wholeNumberFaults("issuingYears", args.issuingYears, 1, 29, "use 3, the default"),
  ];
  if (args.issues !== undefined && args.issues !== "short-lived" && args.issues !== "managed") {
    faults.push({ path: "issues", given: args.issues, allowed: '"short-lived" or "managed"', fix: "leave it out for short-lived" });
  }
  if (args.root !== undefined && args.rootYears !== undefined) {
    faults.push({ path: "rootYears", given: args.rootYears, allowed: "nothing beside root, which is made already", fix: "leave it out" });
  }
  if ((args.issuingYears ?? 3) >= (args.rootYears ?? 10)) {
    faults.push({
      path: "issuingYears",
      given: args.issuingYears ?? 3,
      allowed: `fewer than the root's ${args.rootYears ?? 10}`,
      fix: "lower it, or raise rootYears",
    });
  }
  return faults;
}

/**
 * A root that signs an issuing authority in each region, which makes certificates of at most a week unless Certificate Manager issues them: they are renewed before a revocation list would be read, and
 * cost an eighth of a general authority (AWS Private CA guide, "Understand AWS Private CA CA modes").
 */
export class PrivateAuthority extends BourseComponent {
  /** To trust; in whoever's region the root is. */
  readonly rootCertificate: pulumi.Output<string>;
  readonly rootArn: pulumi.Output<string>;
  /** To ask for certificates. */
  readonly issuingArn: pulumi.Output<string>;

  constructor(name: string, args: PrivateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:PrivateAuthority", name, args, privateAuthorityFaults(args), opts);
    const root = args.root === undefined ? this.createRoot(args) : { ...args.root, installed: [] };
    const managed = args.issues === "managed";
    const issuing = this.createAuthority("issuing", "SUBORDINATE", managed ? "GENERAL_PURPOSE" : "SHORT_LIVED_CERTIFICATE", args);
    if (managed) this.letManagerRenew(issuing, args);
    const installed = this.install("issuing", issuing, root, "SubordinateCACertificate_PathLen0/V1", args.issuingYears ?? 3, args);

    this.createAlarms(
      {
        failures: {
          description:
            "A certificate was not issued: services cannot renew theirs, which last a week; look at the authority and its template.",
          namespace: "AWS/ACMPrivateCA",
          metric: "Failure",
          statistic: "Sum",
          threshold: 0,
          period: 300,
          periods: 1,
          dimensions: { PrivateCAArn: issuing.arn, Operation: "IssueCertificate" },
        },
      },
      args,
    );

    this.rootCertificate = root.certificate ?? installed.certificateChain.apply((chain) => chain ?? "");
    this.rootArn = pulumi.output(root.arn);
    // An authority without its certificate issues nothing: whoever uses the ARN waits for the installation.
    this.issuingArn = pulumi.all([issuing.arn, installed.id]).apply(([arn]) => arn);
    this.registerOutputs({ rootArn: this.rootArn, issuingArn: this.issuingArn });
  }

  private createRoot(args: PrivateAuthorityArgs): Signer {
    const root = this.createAuthority("root", "ROOT", "GENERAL_PURPOSE", args);
    const installed = this.install("root", root, { arn: root.arn, installed: [] }, "RootCACertificate/V1", args.rootYears ?? 10, args);
    return { arn: root.arn, installed: [installed], certificate: installed.certificate };
  }

  private createAuthority(
    role: "root" | "issuing",
    type: string,
    usageMode: string,
    args: PrivateAuthorityArgs,
  ): aws.acmpca.CertificateAuthority {
    const name = `${this.name}-${role}`;
    return new aws.acmpca.CertificateAuthority(
      ...transformed<aws.acmpca.CertificateAuthorityArgs>(
        args.transform?.authority,
        name,
        {
          type,
          usageMode,
          certificateAuthorityConfiguration: {
            keyAlgorithm: "EC_prime256v1",
            signingAlgorithm: "SHA256WITHECDSA",
            subject: { organization: args.organization, commonName: `${args.organization} ${role}` },
          },
          keyStorageSecurityStandard: "FIPS_140_2_LEVEL_3_OR_HIGHER",
          permanentDeletionTimeInDays: 30,
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect: (args.protection ?? "on") === "on" }),
      ),
    );
  }

  /** Certificate Manager renews by itself what it issued (Private CA guide, "Assign certificate renewal permissions to ACM"). */
  private letManagerRenew(authority: aws.acmpca.CertificateAuthority, args: PrivateAuthorityArgs): void {
    new aws.acmpca.Permission(
      ...transformed<aws.acmpca.PermissionArgs>(
        args.transform?.permission,
        `${this.name}-renewal`,
        {
          certificateAuthorityArn: authority.arn,
          principal: "acm.amazonaws.com",
          actions: ["IssueCertificate", "GetCertificate", "ListPermissions"],
        },
        this.childOptions(),
      ),
    );
  }

  private install(
    role: "root" | "issuing",
    authority: aws.acmpca.CertificateAuthority,
    { arn, provider, installed }: Signer,
    template: string,
    years: number,
    args: PrivateAuthorityArgs,
  ): aws.acmpca.CertificateAuthorityCertificate {
    const certificate = new aws.acmpca.Certificate(
      ...transformed<aws.acmpca.CertificateArgs>(
        args.transform?.certificate,
        `${this.name}-${role}-certificate`,
        {
          certificateAuthorityArn: arn,
          certificateSigningRequest: authority.certificateSigningRequest,
          signingAlgorithm: "SHA256WITHECDSA",
          templateArn: `arn:aws:acm-pca:::template/${template}`,
          validity: { type: "YEARS", value: String(years) },
        },
        this.childOptions({ dependsOn: installed, ...(provider === undefined ? {} : { provider }) }),
      ),
    );
    return new aws.acmpca.CertificateAuthorityCertificate(
      ...transformed<aws.acmpca.CertificateAuthorityCertificateArgs>(
        args.transform?.installation,
        `${this.name}-${role}-installation`,
        {
          certificateAuthorityArn: authority.arn,
          certificate: certificate.certificate,
          ...(role === "root" ? {} : { certificateChain: certificate.certificateChain }),
        },
        this.childOptions(),
      ),
    );
  }
}

/** Who signs an authority's certificate: where it does, and what must be there before. */
interface Signer {
  arn: pulumi.Input<string>;
  provider?: aws.Provider;
  installed: pulumi.Resource[];
  certificate?: pulumi.Output<string>;
}

/** Right to ask the issuing authority for certificates of servers and clients, and for no authority (the template decides). */
export function issueCertificates(issuingArn: pulumi.Input<string>): PolicyStatement[] {
  return [
    {
      Sid: "IssueCertificates",
      Effect: "Allow",
      Action: ["acm-pca:IssueCertificate"],
      Resource: issuingArn,
      Condition: { StringEquals: { "acm-pca:TemplateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1" } },
    },
    {
      Sid: "FetchCertificates",
      Effect: "Allow",
      Action: ["acm-pca:GetCertificate", "acm-pca:GetCertificateAuthorityCertificate"],
      Resource: issuingArn,
    },
  ];
}
