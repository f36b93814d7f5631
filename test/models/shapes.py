"""Fits recorded inputs into the shapes of AWS's own service models (botocore), and checks values against them.

Pulumi names an input as Terraform does, AWS names a parameter in its own way: both agree but for case, plurals, and what a request lists by hand.
"""

import re

# Regular expressions of AWS are Java's; what Python does not know is left out of the check.
_JAVA_ONLY = re.compile(r"\\p\{|\\z|\[\\u|&&|\\Q")


def normal(name):
    """`subnetIds` and `SubnetId` are one name."""
    text = re.sub(r"[^a-z0-9]", "", name.lower())
    for ending, other in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if text.endswith(ending) and len(text) > 3 and not text.endswith("ss"):
            return text[: -len(ending)] + other
    return text


def fitted(value, shape, renames, unfitted, path=""):
    """`value` in the form of `shape`. Inputs without a member go to `unfitted`; `renames` is by input name, at any depth, or by `path`."""
    kind = shape.type_name
    if kind == "structure":
        if isinstance(value, list) and {"Quantity", "Items"} <= shape.members.keys():
            # Lists of CloudFront tell their length.
            value = {"quantity": len(value), "items": value}
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, dict):
            unfitted.append(f"{path} is no structure")
            return value
        members = {normal(name): name for name in shape.members}
        request = {}
        for key, inner in value.items():
            where = f"{path}.{key}" if path else key
            name = renames.get(where, renames.get(key))
            name = name if name in shape.members else members.get(normal(key))
            if name is None:
                unfitted.append(where)
                continue
            request[name] = fitted(inner, shape.members[name], renames, unfitted, where)
        return request
    if kind == "list":
        if isinstance(value, dict) and _is_tag(shape.member):
            key, text = sorted(shape.member.members, key=lambda name: "value" in name.lower())
            return [{key: name, text: tag} for name, tag in sorted(value.items())]
        values = value if isinstance(value, list) else [value]
        return [fitted(each, shape.member, renames, unfitted, path) for each in values]
    if kind == "map":
        return {key: fitted(inner, shape.value, renames, unfitted, f"{path}.{key}") for key, inner in value.items()}
    if kind == "boolean" and isinstance(value, str):
        return value.lower() in ("true", "enabled", "enable", "yes")
    if kind in ("integer", "long") and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if kind == "string" and isinstance(value, bool):
        return str(value).lower()
    if kind == "string" and isinstance(value, (int, float)):
        return str(value)
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    return value


def _is_tag(shape):
    return shape.type_name == "structure" and {name.lower() for name in shape.members} in ({"key", "value"}, {"tagkey", "tagvalue"})


def faults(value, shape, path):
    """Faults of a request: types, required members, enumerations, patterns, ranges and lengths of the model."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no structure"]
        found = [f"{path}.{name} is required" for name in shape.required_members if name not in value]
        for name, inner in value.items():
            found += faults(inner, shape.members[name], f"{path}.{name}")
        return found
    if kind == "list":
        if not isinstance(value, list):
            return [f"{path}: {value!r} is no list"]
        found = _range_faults(len(value), shape, path, "elements")
        for index, each in enumerate(value):
            found += faults(each, shape.member, f"{path}[{index}]")
        return found
    if kind == "map":
        found = _range_faults(len(value), shape, path, "entries")
        for key, inner in value.items():
            found += faults(key, shape.key, f"{path}.{key}") + faults(inner, shape.value, f"{path}.{key}")
        return found
    return _scalar_faults(value, shape, path)


_PYTHON = {"string": str, "boolean": bool, "integer": int, "long": int, "float": (int, float), "double": (int, float), "blob": bytes}


def _scalar_faults(value, shape, path):
    wanted = _PYTHON.get(shape.type_name)
    if wanted is not None and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
        return [f"{path}: {value!r} is no {shape.type_name}"]
    if shape.type_name != "string":
        return _range_faults(value, shape, path, "") if isinstance(value, (int, float)) and not isinstance(value, bool) else []
    found = _range_faults(len(value), shape, path, "characters")
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        found.append(f"{path}: {value!r} is none of {', '.join(allowed[:12])}{', ...' if len(allowed) > 12 else ''}")
    pattern = shape.metadata.get("pattern")
    if pattern and not _JAVA_ONLY.search(pattern):
        try:
            if re.search(pattern, value) is None:
                found.append(f"{path}: {value!r} does not match {pattern}")
        except re.error:
            pass
    return found


def _range_faults(size, shape, path, unit):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        return [f"{path}: {size} {unit} is not from {least} to {most}"]
    return []
