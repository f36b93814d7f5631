#!/usr/bin/env bash
# Builds the Pulumi CLI that `npm run engine` drives, from the modules that scripts/pulumi/go.mod pins, for machines where pulumi.com cannot
# be reached. An installed `pulumi` in the PATH serves as well. Takes some minutes once.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(go list -C scripts/pulumi -m -f '{{.Version}}' github.com/pulumi/pulumi/pkg/v3)
go build -C scripts/pulumi -trimpath \
  -ldflags="-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version" \
  -o ../../.bourse/pulumi/pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
.bourse/pulumi/pulumi version
