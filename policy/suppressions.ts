/** Suppressions: a finding that is accepted for a stated reason until a stated day. */

/** One accepted finding. */
export interface Suppression {
  /** Id of the rule. */
  rule: string;
  /** Logical name of the resource, or a pattern with `*` for any text. */
  resource: string;
  /** Why it is accepted: at least 20 characters. */
  reason: string;
  /** Last day on which it holds, `YYYY-MM-DD`. */
  expires: string;
}

const fields = ["rule", "resource", "reason", "expires"];

/** Faults of suppressions as configured, one sentence each; none when all are well formed. @param ruleIds ids of the known rules */
export function suppressionFaults(given: unknown, ruleIds: readonly string[]): string[] {
  if (!Array.isArray(given)) return [`suppressions must be a list of { ${fields.join(", ")} }, given ${JSON.stringify(given)}`];
  return given.flatMap((one, index) => {
    const at = `suppressions[${index}]`;
    if (typeof one !== "object" || one === null) return [`${at} must be an object with ${fields.join(", ")}, given ${JSON.stringify(one)}`];
    const entry = one as Record<string, unknown>;
    const faults = Object.keys(entry).flatMap((key) =>
      fields.includes(key) ? [] : [`${at}.${key} is unknown; allowed: ${fields.join(", ")}`],
    );
    for (const field of fields)
      if (typeof entry[field] !== "string" || entry[field] === "") faults.push(`${at}.${field} is missing: give a text`);
    if (typeof entry.rule === "string" && entry.rule !== "" && !ruleIds.includes(entry.rule))
      faults.push(`${at}.rule "${entry.rule}" is no rule; see policy/rules`);
    if (typeof entry.reason === "string" && entry.reason !== "" && entry.reason.trim().length < 20) {
      faults.push(`${at}.reason "${entry.reason}" is too short: say in 20 characters or more why the finding is accepted`);
    }
    if (typeof entry.expires === "string" && entry.expires !== "" && !isDay(entry.expires)) {
      faults.push(`${at}.expires "${entry.expires}" is no day: write YYYY-MM-DD`);
    }
    return faults;
  });
}

/** The suppression that covers `rule` on `resource` on `day`, if any; an expired one covers nothing. */
export function suppressionOf(suppressions: readonly Suppression[], rule: string, resource: string, day: string): Suppression | undefined {
  return suppressions.find((one) => one.rule === rule && matches(one.resource, resource) && one.expires >= day);
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(name);
}

/** True for a day of the calendar written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
