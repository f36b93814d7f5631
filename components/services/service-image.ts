/** The image that every service runs, built from the repository's Dockerfile. */

import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import { BourseComponent, type CommonArgs, type Fault, type Protection, type Transform, transformed } from "../foundation";

/** Arguments of {@link ServiceImage}. */
export interface ServiceImageArgs extends CommonArgs {
  /** Folder that the build may read, from where Pulumi runs. @default "." */
  context?: string;
  /** @default "workloads/Dockerfile" */
  dockerfile?: string;
  /** Releases that are kept. @default 50 */
  keptImages?: number;
  /** `"off"` also lets a repository with images in it be destroyed. @default "on" */
  protection?: Protection;
  transform?: {
    repository?: Transform<aws.ecr.RepositoryArgs>;
    lifecyclePolicy?: Transform<aws.ecr.LifecyclePolicyArgs>;
    image?: Transform<awsx.ecr.ImageArgs>;
  };
}

export function serviceImageFaults(args: ServiceImageArgs): Fault[] {
  const kept = args.keptImages;
  if (kept === undefined || (Number.isInteger(kept) && kept >= 2 && kept <= 1000)) return [];
  const allowed = "a whole number from 2 to 1000, so that the release before the last can be returned to";
  return [{ path: "keptImages", given: kept, allowed, fix: "use 50, the default" }];
}

/** A repository whose tags cannot be moved, scanned at each push, and the image that is in use, named by its digest. */
export class ServiceImage extends BourseComponent {
  /** Repository and digest, for `image` of `ExchangeServices`. */
  readonly digestUri: pulumi.Output<string>;

  constructor(name: string, args: ServiceImageArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:services:ServiceImage", name, args, serviceImageFaults(args), opts);
    const repository = this.createRepository(args);
    const image = new awsx.ecr.Image(
      ...transformed<awsx.ecr.ImageArgs>(
        args.transform?.image,
        `${name}-build`,
        {
          repositoryUrl: repository.repositoryUrl,
          context: args.context ?? ".",
          dockerfile: args.dockerfile ?? "workloads/Dockerfile",
          platform: "linux/amd64",
        },
        this.childOptions(),
      ),
    );
    this.digestUri = image.imageUri;
    this.registerOutputs({ digestUri: this.digestUri });
  }

  private createRepository(args: ServiceImageArgs): aws.ecr.Repository {
    const name = `${this.name}-repository`;
    const protect = (args.protection ?? "on") === "on";
    const repository = new aws.ecr.Repository(
      ...transformed<aws.ecr.RepositoryArgs>(
        args.transform?.repository,
        name,
        {
          imageTagMutability: "IMMUTABLE",
          imageScanningConfiguration: { scanOnPush: true },
          encryptionConfigurations: [{ encryptionType: "KMS" }],
          forceDelete: !protect,
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect }),
      ),
    );
    new aws.ecr.LifecyclePolicy(
      ...transformed<aws.ecr.LifecyclePolicyArgs>(
        args.transform?.lifecyclePolicy,
        `${name}-lifecycle`,
        {
          repository: repository.name,
          policy: pulumi.jsonStringify({
            rules: [
              {
                rulePriority: 1,
                description: "Keep the newest releases",
                selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: args.keptImages ?? 50 },
                action: { type: "expire" },
              },
            ],
          }),
        },
        this.childOptions(),
      ),
    );
    return repository;
  }
}
