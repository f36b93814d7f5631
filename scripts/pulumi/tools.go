//go:build tools

// Package tools names the program that scripts/install-pulumi.sh builds.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
