/** The arrows of the house (see docs/architecture.md). Each rule names what must never be imported from where. */

const layers = ["network", "security", "edge", "ingress", "cluster", "messaging", "data", "observability", "services", "capacity"];

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circles",
      comment: "files that import each other cannot be understood or tested alone",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "engine-imports-nothing",
      comment: "the engine is pure: no package, no Node module, no other folder",
      severity: "error",
      from: { path: "^workloads/engine/" },
      to: { pathNot: "^workloads/engine/" },
    },
    {
      name: "workloads-know-no-components",
      severity: "error",
      from: { path: "^workloads/" },
      to: { path: "^(components|plan|policy|stacks|testing)/|@pulumi/" },
    },
    {
      name: "components-know-no-workloads",
      comment: "components know workloads only by image, port and the catalog",
      severity: "error",
      from: { path: "^components/" },
      to: { path: "^(workloads|plan|policy|stacks|testing)/" },
    },
    ...layers.map((layer) => ({
      name: `${layer}-imports-no-other-layer`,
      comment: "layers take narrow references; only compositions join them",
      severity: "error",
      from: { path: `^components/${layer}/` },
      to: { path: "^components/", pathNot: `^components/(${layer}|foundation)/` },
    })),
    {
      name: "foundation-is-the-ground",
      severity: "error",
      from: { path: "^components/foundation/" },
      to: { path: "^components/", pathNot: "^components/foundation/" },
    },
    {
      name: "policy-reads-the-graph-only",
      severity: "error",
      from: { path: "^policy/" },
      to: { path: "^(components|stacks|workloads|testing)/" },
    },
    {
      name: "plan-imports-no-stack",
      comment: "the planner loads a stack program by name at run time",
      severity: "error",
      from: { path: "^plan/" },
      to: { path: "^(stacks|workloads|testing)/" },
    },
    {
      name: "journal-is-opaque",
      comment: "the log carries bytes; it knows no engine and no service",
      severity: "error",
      from: { path: "^workloads/journal/" },
      to: { path: "^workloads/(services|gateway|stores|local)/" },
    },
    {
      name: "stores-know-no-service",
      severity: "error",
      from: { path: "^workloads/stores/" },
      to: { path: "^workloads/(services|gateway|journal|local)/" },
    },
    {
      name: "services-know-no-gateway",
      severity: "error",
      from: { path: "^workloads/services/" },
      to: { path: "^workloads/(gateway|local)/" },
    },
    {
      name: "services-meet-through-ports",
      comment:
        "a service asks another one only through ports, trading/port.ts or instruments; what they build on is shared: projections, the life of a process that follows the shard, the published records, a side of a book; the process that migrates runs each owner's migrations",
      severity: "error",
      from: { path: "^workloads/services/([^/]+)/", pathNot: "^workloads/services/(migrate/|follower/)" },
      to: {
        path: "^workloads/services/",
        pathNot:
          "^workloads/services/($1/|ports/|trading/port\\.ts|instruments/|projection/|follower/index\\.ts|publisher/index\\.ts|order-book/book-side\\.ts)",
      },
    },
    {
      name: "gateway-knows-ports-only",
      comment: "but for its composition root, which chooses the adapters",
      severity: "error",
      from: { path: "^workloads/gateway/", pathNot: "^workloads/gateway/main\\.ts$" },
      to: { path: "^workloads/(local|journal|stores)/", pathNot: "^workloads/stores/[a-z]+/port\\.ts$" },
    },
    {
      name: "only-declared-packages",
      severity: "error",
      from: { path: "^(components|workloads|plan|policy|testing)/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default", "types"] },
  },
};
