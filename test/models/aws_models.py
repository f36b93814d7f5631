"""
Checks what this library registers against AWS's own service models, and creates it on an API server.

    python aws_models.py check < resources.json
    python aws_models.py create http://127.0.0.1:5000 < resources.json

`resources.json` is a list of { type, name, inputs, outputs, id }, in the order of registration. The answer is JSON on standard output.
"""

import json
import sys

import botocore.session
from calls import ADOPTED, CALLS, NAMED
from classes import CLASSES, class_faults, combination_faults
from forms import BEYOND
from shapes import fitted, faults

session = botocore.session.get_session()
_models = {}


def model(service):
    if service not in _models:
        _models[service] = session.get_service_model(service)
    return _models[service]


def module(resource):
    """`aws:rds/proxy:Proxy` is `rds/proxy`."""
    return resource["type"].split(":")[1]


def requests_of(resource):
    """(call, parameters, inputs that found no place) of each call that makes the resource."""
    inputs = {key: value for key, value in resource["inputs"].items() if key not in BEYOND}
    if module(resource) in NAMED:
        # The provider adds the ending that FIFO queues and topics must have.
        ending = ".fifo" if inputs.get("fifoQueue") or inputs.get("fifoTopic") else ""
        inputs.setdefault("name", resource["name"] + ending)
    for call in CALLS[module(resource)]:
        if call.when is not None and call.when not in inputs:
            continue
        # Calls after the first name what the first one made.
        known = inputs | {"_id": resource.get("id") or resource["name"]} if call.form else inputs
        forms = call.form(known) if call.form else {"": inputs}
        for given in forms if isinstance(forms, list) else [forms]:
            yield call, *request(call, given)


def request(call, given):
    shape = model(call.service).operation_model(call.operation).input_shape
    unfitted, parameters = [], {}
    for key, value in given.items():
        if key == "":
            kept = {k: v for k, v in value.items() if k != "_id" and not (k == "tags" and "TagSpecifications" in shape.members)}
            parameters |= fitted(kept, shape, call.names, unfitted)
        elif shape.members[key].type_name == "structure" and isinstance(value, dict):
            parameters[key] = fitted({k: v for k, v in value.items() if k != "_id"}, shape.members[key], call.names, unfitted, key)
        else:
            parameters[key] = fitted(value, shape.members[key], call.names, unfitted, key)
    return parameters, unfitted


def untaken(resource):
    """Inputs that no call looks at."""
    calls = CALLS[module(resource)]
    if any(call.takes == "*" or (not call.takes and call.form is None) for call in calls):
        return []
    taken = {name for call in calls for name in call.takes}
    return [key for key in resource["inputs"] if key not in taken and key not in BEYOND]


# Regions that the library has prices for.
REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1"]


def check(resources):
    report = {"checked": {}, "faults": [], "unknown": sorted({r["type"] for r in resources if module(r) not in CALLS and module(r) not in ADOPTED})}
    for resource in resources:
        if module(resource) not in CALLS:
            continue
        where = f"{resource['type']} {resource['name']}"
        report["faults"] += [f"{where}: nobody looks at {name}" for name in untaken(resource)]
        for call, parameters, unfitted in requests_of(resource):
            operation = f"{call.service}:{call.operation}"
            report["checked"][operation] = report["checked"].get(operation, 0) + 1
            report["faults"] += [f"{where}: {operation} has no parameter for {name}" for name in unfitted]
            found = faults(parameters, model(call.service).operation_model(call.operation).input_shape, operation)
            # The models lag behind the classes that regions offer; cfn-lint's lists do not.
            found = [fault for fault in found if not any(fault.startswith(f"{path}: ") and "is none of" in fault for path in CLASSES)]
            found += class_faults(operation, parameters, REGIONS) + combination_faults(operation, parameters)
            report["faults"] += [f"{where}: {fault}" for fault in found]
    return report


if __name__ == "__main__":
    resources = json.load(sys.stdin)
    if sys.argv[1] == "check":
        json.dump(check(resources), sys.stdout)
    else:
        from create import create

        json.dump(create(resources, sys.argv[2]), sys.stdout)
