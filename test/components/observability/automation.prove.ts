/** The calls of automation documents, checked against AWS's own service models as botocore ships them: each API exists and takes these inputs. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type AutomationDocument, automationDocuments } from "bourse";
import { findProgram, requireServer } from "../../servers/server";

const checker = `
import json, sys, botocore.session, botocore.validate, jmespath
session = botocore.session.get_session()
for call in json.load(sys.stdin):
    model = session.get_service_model(call["service"]).operation_model(call["api"])
    report = botocore.validate.ParamValidator().validate(call["inputs"], model.input_shape)
    if report.has_errors():
        print(call["name"], report.generate_report())
    shape = model.output_shape
    for selector in call["selectors"]:
        at = shape
        for part in selector.replace("[0]", "").split(".")[1:]:
            while at.type_name == "list":
                at = at.member
            if part not in at.members:
                print(call["name"], selector, "names no member", part)
                break
            at = at.members[part]
`;

/** A value of the kind that a parameter has. */
const example = (text: string) => (/\{\{ (From|To) \}\}/.test(text) ? 1 : text.replaceAll(/\{\{ [\w.]+ \}\}/g, "example-of-a-value"));

function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  return typeof value === "string" ? example(value) : value;
}

const virtualEnvironment = join(__dirname, "../../../.bourse/venv/bin");
const python = findProgram("moto_server", virtualEnvironment) && join(virtualEnvironment, "python");

requireServer("Automation documents", python, "sudo scripts/install-servers.sh", (program) => {
  it("call APIs that AWS has, with inputs that it takes, and read values that it returns", function () {
    this.timeout(120_000);
    const documents: [string, AutomationDocument][] = Object.entries(automationDocuments);
    const calls = documents.flatMap(([document, { steps }]) =>
      steps.map(({ name, inputs: { Service, Api, PropertySelector, DesiredValues: _, ...inputs }, outputs = [] }) => ({
        name: `${document} ${name}`,
        service: Service,
        api: Api,
        inputs: Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, filled(value)])),
        selectors: [...(PropertySelector === undefined ? [] : [PropertySelector]), ...outputs.map(({ Selector }) => Selector)],
      })),
    );
    assert.ok(calls.length >= 10);
    const wrong = [{ ...calls[0], name: "wrong", inputs: { resourceIdentifier: 1 }, selectors: ["$.nothing"] }];
    const check = (what: unknown[]) => execFileSync(program, ["-c", checker], { input: JSON.stringify(what), encoding: "utf8" });
    assert.match(check(wrong), /Missing required parameter|Invalid type/);
    assert.match(check(wrong), /names no member nothing/);
    assert.equal(check(calls), "");
  });
});
