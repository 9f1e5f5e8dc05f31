"""IAM policies evaluated a second time, from the User Guide's words and without a look at Trellis's own evaluator.

Slow and plain on purpose: regular expressions, dictionaries and exceptions. It takes the documents that the tests make,
so it does not check them.
"""

import base64
import datetime
import ipaddress
import json
import re

NEGATED = {
    "StringNotEquals": "StringEquals", "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike", "NumericNotEquals": "NumericEquals", "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress", "ArnNotEquals": "ArnEquals", "ArnNotLike": "ArnLike",
}
COMPARISONS = {
    "Equals": lambda value, limit: value == limit, "LessThan": lambda value, limit: value < limit,
    "LessThanEquals": lambda value, limit: value <= limit, "GreaterThan": lambda value, limit: value > limit,
    "GreaterThanEquals": lambda value, limit: value >= limit,
}


class Missing(Exception):
    """A policy variable has no value."""


def as_list(value):
    return value if isinstance(value, list) else [value]


class Request:
    """Who asks for what: the same cell that goes to Trellis."""

    def __init__(self, cell):
        self.caller = cell["caller"]
        self.resource = cell["resource"]
        self.action = "vpc-lattice-svcs:Invoke"
        self.values = {key.lower(): values for key, values in cell["keys"].items()}
        self.values.update({key.lower(): values for key, values in self.caller_keys().items()})

    def caller_keys(self):
        caller, kind = self.caller, self.caller["kind"]
        keys = {
            "aws:PrincipalType": [{"anonymous": "Anonymous", "root": "Account", "user": "User",
                                   "session": "AssumedRole", "federated": "FederatedUser"}[kind]],
            "aws:userid": [caller["userID"]],
            "aws:PrincipalIsAWSService": ["false"],
        }
        if kind != "anonymous":
            keys["aws:PrincipalArn"] = [caller["roleARN"] if kind == "session" else caller["arn"]]
            keys["aws:PrincipalAccount"] = [caller["account"]]
        if kind == "user":
            keys["aws:username"] = [caller["userName"]]
        for name, value in caller.get("tags", {}).items():
            keys[f"aws:PrincipalTag/{name}"] = [value]
        if "organizationID" in caller:
            keys["aws:PrincipalOrgID"] = [caller["organizationID"]]
            keys["aws:PrincipalOrgPaths"] = caller["organizationPaths"]
        if "sourceIdentity" in caller:
            keys["aws:SourceIdentity"] = [caller["sourceIdentity"]]
        if "federatedProvider" in caller:
            keys["aws:FederatedProvider"] = [caller["federatedProvider"]]
        return keys


# Patterns

def pieces(text, request, version):
    """(text, whether its wildcards count) for a policy's value, its variables filled in."""
    position = 0
    if version == "2012-10-17":
        for match in re.finditer(r"\$\{([^}]*)\}", text):
            yield text[position:match.start()], True
            yield variable(match.group(1), request), False
            position = match.end()
    yield text[position:], True


def variable(body, request):
    if body in ("*", "?", "$"):
        return body
    name, _, default = (part.strip() for part in body.partition(","))
    values = request.values.get(name.lower(), [])
    if len(values) == 1:
        return values[0]
    if default:
        return default[1:-1]
    raise Missing(name)


def expression(parts, wildcards):
    out = ""
    for text, counts in parts:
        for letter in text:
            out += {"*": ".*", "?": "."}.get(letter, re.escape(letter)) if wildcards and counts else re.escape(letter)
    return out


def like(value, pattern, request, version, wildcards=True, fold=False):
    parts = list(pieces(pattern, request, version))
    return re.fullmatch(expression(parts, wildcards), value, re.DOTALL | (re.IGNORECASE if fold else 0)) is not None


def arn_like(value, pattern, request, version):
    if pattern == "*":
        return True
    sections = [[]]
    for text, counts in pieces(pattern, request, version):
        for index, part in enumerate(text.split(":") if counts else [text]):
            if index and len(sections) < 6:
                sections.append([])
            elif index:
                part = ":" + part
            sections[-1].append((part, counts))
    found = value.split(":", 5)
    if len(sections) != 6 or len(found) != 6:
        return False
    return all(re.fullmatch(expression(section, True), part, re.DOTALL) for section, part in zip(sections, found))


# Conditions

def number(text):
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        raise ValueError(text)
    return float(text)


def date(text):
    if re.fullmatch(r"\d+", text):
        return float(text)
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(
        tzinfo=datetime.timezone.utc).timestamp()


def boolean(text):
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def compare(operator, value, wanted, request, version):
    """Whether one value of the request is one of the policy; ValueError if it is not of the operator's type."""
    try:
        if operator in ("StringEquals", "StringEqualsIgnoreCase"):
            return like(value, wanted, request, version, wildcards=False, fold=operator.endswith("IgnoreCase"))
        if operator == "StringLike":
            return like(value, wanted, request, version)
        if operator in ("ArnEquals", "ArnLike"):
            return arn_like(value, wanted, request, version)
    except Missing:
        return False
    for family, read in (("Numeric", number), ("Date", date)):
        if operator.startswith(family):
            return COMPARISONS[operator[len(family):]](read(value), read(wanted))
    if operator == "Bool":
        return boolean(value) == boolean(wanted)
    if operator == "BinaryEquals":
        return base64.b64decode(value) == base64.b64decode(wanted)
    if operator == "IpAddress":
        address, network = ipaddress.ip_address(value), ipaddress.ip_network(wanted, strict=False)
        return address.version == network.version and address in network
    raise KeyError(operator)


def holds(operator, key, wanted, request, version):
    wanted = [str(item).lower() if isinstance(item, bool) else str(item) for item in as_list(wanted)]
    values = request.values.get(key.lower(), [])
    if operator == "Null":
        return any(boolean(item) == (not values) for item in wanted)
    quantifier, _, operator = operator.rpartition(":")
    exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = operator in NEGATED
    operator = NEGATED.get(operator, operator)

    def accepts(value):
        try:
            return any(compare(operator, value, item, request, version) for item in wanted) != negated
        except ValueError:
            return False

    if not values:
        return quantifier == "ForAllValues" or exists or (negated and not quantifier)
    return (all if quantifier == "ForAllValues" else any)(accepts(value) for value in values)


# Statements

def names(principal, request):
    caller = request.caller
    if principal == "*":
        return True
    for kind, items in principal.items():
        for item in as_list(items):
            if kind == "AWS":
                if item == "*":
                    return True
                account = item if re.fullmatch(r"\d{12}", item) else None
                account = account or (item.split(":")[4] if item.endswith(":root") else None)
                if account and caller.get("account") == account:
                    return True
                if caller["kind"] != "anonymous" and item in (caller["arn"], caller.get("roleARN")):
                    return True
            elif kind == "Federated" and caller.get("federatedProvider") == item:
                return True
    return False


def leaves_in(principal, request, effect):
    """NotPrincipal: an Allow leaves out who is named at all, a Deny only who is named with account, role and session."""
    if effect == "Allow":
        return not names(principal, request)
    caller = request.caller
    items = ["*"] if principal == "*" else [item for items in principal.values() for item in as_list(items)]
    if "*" in items:
        return False
    if caller["kind"] == "anonymous":
        return True
    needed = [{caller["account"], f"arn:aws:iam::{caller['account']}:root"}]
    if caller["kind"] != "root":
        needed.append({caller["arn"]})
    if caller["kind"] == "session":
        needed.append({caller["roleARN"]})
    return not all(alternatives & set(items) for alternatives in needed)


def action_matches(pattern, request):
    return re.fullmatch(expression([(pattern, True)], True), request.action, re.IGNORECASE) is not None


def resource_matches(pattern, request, version):
    try:
        if pattern.startswith("arn:") and len(re.sub(r"\$\{[^}]*\}", "", pattern).split(":", 5)) == 6:
            return arn_like(request.resource, pattern, request, version)
        return like(request.resource, pattern, request, version)
    except Missing:
        return False


def applies(statement, request, version):
    if "Principal" in statement and not names(statement["Principal"], request):
        return False
    if "NotPrincipal" in statement and not leaves_in(statement["NotPrincipal"], request, statement["Effect"]):
        return False
    for plain, matches in (("Action", action_matches),
                           ("Resource", lambda item, request: resource_matches(item, request, version))):
        if plain in statement and not any(matches(item, request) for item in as_list(statement[plain])):
            return False
        if f"Not{plain}" in statement and any(matches(item, request) for item in as_list(statement[f"Not{plain}"])):
            return False
    return all(holds(operator, key, wanted, request, version)
               for operator, keys in statement.get("Condition", {}).items() for key, wanted in keys.items())


def verdict(documents, request):
    """"deny", "allow" or "silent" for the policies of one layer."""
    effects = set()
    for text in documents:
        document = json.loads(text)
        version = document.get("Version", "2008-10-17")
        effects |= {statement["Effect"] for statement in as_list(document["Statement"])
                    if applies(statement, request, version)}
    return "deny" if "Deny" in effects else "allow" if "Allow" in effects else "silent"


def decide(cell):
    """(layer, whether a statement denies) of a refusal, or None for a request that may pass."""
    if cell.get("network") is None and cell.get("service") is None:
        return None
    request = Request(cell)
    layers = []
    for name in ("network", "service"):
        if cell.get(name) is not None:
            layers.append((name, verdict([cell[name]] if cell[name] else [], request)))
    if cell["caller"]["kind"] != "anonymous" and cell.get("identity") is not None:
        layers.append(("identity", verdict(cell["identity"], request)))
        if cell.get("boundary") is not None:
            layers.append(("boundary", verdict([cell["boundary"]], request)))
        if cell.get("session") is not None:
            layers.append(("session", verdict(cell["session"], request)))
    for wanted, explicit in (("deny", True), ("silent", False)):
        for name, found in layers:
            if found == wanted:
                return name, explicit
    return None
