/** Rules for the IAM users of an account, of which there should be few: strong passwords, and nothing without a second factor. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { BourseComponent, type CommonArgs, policyDocument, type Transform, transformed } from "../foundation";

/** Arguments of {@link UserRules}. */
export interface UserRulesArgs extends CommonArgs {
  transform?: UserRulesTransform;
}

export interface UserRulesTransform {
  passwordPolicy?: Transform<aws.iam.AccountPasswordPolicyArgs>;
  policy?: Transform<aws.iam.PolicyArgs>;
  group?: Transform<aws.iam.GroupArgs>;
  attachment?: Transform<aws.iam.GroupPolicyAttachmentArgs>;
}

/** What a user without a second factor may do: set one up, and nothing else (IAM guide, "Allows MFA-authenticated IAM users to manage their own credentials"). */
const settingUpMfa = [
  "iam:ChangePassword",
  "iam:CreateVirtualMFADevice",
  "iam:EnableMFADevice",
  "iam:GetAccountPasswordPolicy",
  "iam:GetUser",
  "iam:ListMFADevices",
  "iam:ListVirtualMFADevices",
  "iam:ResyncMFADevice",
  "sts:GetSessionToken",
];

/** A password policy, and a group whose members can do nothing before they have given a second factor. */
export class UserRules extends BourseComponent {
  /** Group that every IAM user belongs to. */
  readonly groupName: pulumi.Output<string>;
  /** Policy that denies without MFA, for further groups. */
  readonly policyArn: pulumi.Output<string>;

  constructor(name: string, args: UserRulesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:UserRules", name, args, [], opts);
    new aws.iam.AccountPasswordPolicy(
      ...transformed<aws.iam.AccountPasswordPolicyArgs>(
        args.transform?.passwordPolicy,
        `${name}-passwords`,
        {
          // CIS AWS Foundations Benchmark 3.0, 1.8 and 1.9.
          minimumPasswordLength: 14,
          passwordReusePrevention: 24,
          requireLowercaseCharacters: true,
          requireUppercaseCharacters: true,
          requireNumbers: true,
          requireSymbols: true,
          allowUsersToChangePassword: true,
        },
        this.childOptions(),
      ),
    );
    const policy = new aws.iam.Policy(
      ...transformed<aws.iam.PolicyArgs>(
        args.transform?.policy,
        `${name}-mfa`,
        {
          description: "Denies everything but setting up a second factor until one is given",
          policy: mfaPolicy(),
          tags: this.tagsFor(`${name}-mfa`),
        },
        this.childOptions(),
      ),
    );
    const group = new aws.iam.Group(...transformed<aws.iam.GroupArgs>(args.transform?.group, `${name}-group`, {}, this.childOptions()));
    new aws.iam.GroupPolicyAttachment(
      ...transformed<aws.iam.GroupPolicyAttachmentArgs>(
        args.transform?.attachment,
        `${name}-group-mfa`,
        { group: group.name, policyArn: policy.arn },
        this.childOptions(),
      ),
    );
    this.groupName = group.name;
    this.policyArn = policy.arn;
    this.registerOutputs({ groupName: this.groupName, policyArn: this.policyArn });
  }
}

/** `NotAction` is right in a denial: what is not listed is refused, actions that AWS adds later included. */
function mfaPolicy(): pulumi.Output<string> {
  return policyDocument(
    {
      Sid: "NothingWithoutMfa",
      Effect: "Deny",
      NotAction: settingUpMfa,
      Resource: "*",
      Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
    },
    {
      Sid: "OwnSecondFactor",
      Effect: "Allow",
      Action: ["iam:ChangePassword", "iam:EnableMFADevice", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice"],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable of IAM
      Resource: "arn:aws:iam::*:user/${aws:username}",
    },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable of IAM
    { Sid: "OwnDevice", Effect: "Allow", Action: "iam:CreateVirtualMFADevice", Resource: "arn:aws:iam::*:mfa/${aws:username}*" },
    // Know no resource (Service Authorization Reference, AWS Identity and Access Management).
    { Sid: "Lists", Effect: "Allow", Action: ["iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices"], Resource: "*" },
  );
}
