"""Creates recorded resources on an API server through the AWS SDK, then reads each back and compares what comes back with what was asked for."""

import json
from urllib.parse import urlsplit

import boto3
import botocore.config
import botocore.exceptions
import botocore.parsers
from aws_models import module, requests_of
from botocore import xform_name
from calls import CALLS
from readings import MADE, READINGS, without_noise


def create(resources, endpoint):
    """@return what was created and compared, what was refused and what came back otherwise"""
    clients = {}

    def to_server(request, **_):
        request.url = endpoint + urlsplit(request.url).path

    def client(service):
        if service not in clients:
            clients[service] = boto3.client(
                service,
                endpoint_url=endpoint,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=botocore.config.Config(retries={"max_attempts": 1}, parameter_validation=False, inject_host_prefix=False),
            )
            # The account stands in the host's name, which only AWS resolves; the server takes it from a header.
            clients[service].meta.events.register("before-send.s3-control", to_server)
        return clients[service]

    report = {"created": {}, "compared": {}, "refused": {}, "different": []}
    # Ids and ARNs of the recording, by those that the server gave.
    real = {}
    for resource in resources:
        if module(resource) not in CALLS:
            continue
        own = translated(resource, real)
        asked = {}
        for position, call in enumerate(calls_of(own)):
            # What the first call made is known to those after it.
            for one, parameters, _ in requests_of(own):
                if one is not call:
                    continue
                operation = f"{call.service}:{call.operation}"
                try:
                    response = getattr(client(call.service), xform_name(call.operation))(**parameters)
                except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError, botocore.parsers.ResponseParserError) as error:
                    report["refused"].setdefault(operation, f"{resource['name']}: {str(error)[:240]}")
                    continue
                report["created"][operation] = report["created"].get(operation, 0) + 1
                asked |= {operation: parameters}
                if position == 0:
                    learn(resource, own, response, operation, real)
        if asked:
            compare(own, asked, client, report)
    return report


def calls_of(resource):
    return [call for call in CALLS[module(resource)] if not call.checked_only and (call.when is None or call.when in resource["inputs"])]


def translated(resource, real):
    """The resource with ids and ARNs of the server in place of recorded ones, the longest first."""
    text = json.dumps({"inputs": resource["inputs"], "id": resource.get("id")})
    for recorded in sorted(real, key=len, reverse=True):
        # ARNs and URLs stand within longer texts, names alone.
        whole = not recorded.startswith(("arn:", "https:"))
        old, new = json.dumps(recorded), json.dumps(real[recorded])
        text = text.replace(old, new) if whole else text.replace(old[1:-1], new[1:-1])
    return {**resource, **json.loads(text)}


def learn(resource, own, response, operation, real):
    for path, output in MADE.get(operation, ()):
        value = response
        for part in path.split("."):
            value = value[int(part)] if part.isdigit() else value.get(part) if isinstance(value, dict) else None
            if value is None:
                break
        recorded = resource.get("id") if output == "id" else resource["outputs"].get(output)
        if isinstance(value, str) and isinstance(recorded, str) and recorded != value and len(recorded) > 3:
            real[recorded] = value
        if output == "id" and isinstance(value, str):
            own["id"] = value


def compare(resource, asked, client, report):
    for reading in READINGS.get(module(resource), ()):
        if reading.of not in asked:
            continue
        label = f"{reading.service}:{reading.operation}"
        try:
            given = getattr(client(reading.service), xform_name(reading.operation))(**reading.parameters(resource, asked[reading.of]))
            actual = reading.found(given, resource)
        except (botocore.exceptions.ClientError, botocore.parsers.ResponseParserError, LookupError, TypeError) as error:
            report["refused"].setdefault(label, f"{resource['name']}: {str(error)[:240]}")
            continue
        wanted = reading.wanted(asked[reading.of])
        compared, different = differences(without_noise(reading, wanted), actual, "")
        report["compared"][label] = report["compared"].get(label, 0) + compared
        report["different"] += [f"{resource['type']} {resource['name']}: {label}{each}" for each in different]


def differences(wanted, actual, path):
    """Values of `wanted` that `actual` holds otherwise; what the server does not return is not counted."""
    if isinstance(wanted, dict) and isinstance(actual, dict):
        compared, different = 0, []
        for key, value in wanted.items():
            if key not in actual:
                continue
            more, others = differences(value, actual[key], f"{path}.{key}")
            compared, different = compared + more, different + others
        return compared, different
    if isinstance(wanted, list) and isinstance(actual, list):
        if len(wanted) != len(actual):
            return 1, [f"{path}: asked for {len(wanted)} elements, got {len(actual)}"]
        ordered = lambda values: sorted(values, key=lambda each: json.dumps(each, sort_keys=True, default=str))
        compared, different = 0, []
        for index, (one, other) in enumerate(zip(ordered(wanted), ordered(actual))):
            more, others = differences(one, other, f"{path}[{index}]")
            compared, different = compared + more, different + others
        return compared, different
    return 1, [] if same(wanted, actual) else [f"{path}: asked for {str(wanted)[:120]!r}, got {str(actual)[:120]!r}"]


def same(one, other):
    if isinstance(one, str) and one.startswith('{"'):
        return json.loads(one) == (json.loads(other) if isinstance(other, str) else other)
    if isinstance(one, bool) or isinstance(other, bool):
        return str(one).lower() == str(other).lower()
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return float(one) == float(other)
    return str(one) == str(other)
