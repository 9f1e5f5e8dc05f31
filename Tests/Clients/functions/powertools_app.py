"""Routes of both VPC Lattice resolvers of aws-lambda-powertools, and a note of what its data classes read."""

import base64
import json
import os
import pathlib

import aws_lambda_powertools
from aws_lambda_powertools.event_handler import Response, VPCLatticeResolver, VPCLatticeV2Resolver
from aws_lambda_powertools.shared.cookies import Cookie
from aws_lambda_powertools.utilities.data_classes import VPCLatticeEvent, VPCLatticeEventV2


def routes(app):
    @app.route("/", method=["OPTIONS"])
    def ready():
        return {}

    @app.get("/orders/<order>/lines/<line>")
    def line(order, line):
        event = app.current_event
        return {
            "order": order, "line": line, "query": event.query_string_parameters,
            "resolved": event.resolved_query_string_parameters, "agent": event.headers.get("User-Agent"),
            "cookies": event.resolved_cookies_field, "library": aws_lambda_powertools.__file__,
        }

    @app.route("/json", method=["POST", "PUT", "PATCH"])
    def json_body():
        return {"method": app.current_event.http_method, "body": app.current_event.json_body}

    @app.post("/binary")
    def binary():
        return Response(201, "image/png", base64.b64decode(app.current_event.body))

    @app.get("/compressed", compress=True)
    def compressed():
        return Response(200, "text/plain", "compressible " * 100)

    @app.get("/headers")
    def headers():
        return Response(
            202, "text/plain", "é漢😀", headers={"X-One": "1", "X-Two": ["a", "b"]},
            cookies=[Cookie(name="a", value="1"), Cookie(name="b", value="2")])

    @app.get("/context")
    def context():
        given = app.current_event.request_context
        return {
            "network": given.service_network_arn, "service": given.service_arn, "group": given.target_group_arn,
            "region": given.region, "time": given.time_epoch, "vpc": given.identity.source_vpc_arn,
            "type": given.identity.get_type, "principal": given.identity.principal,
            "organization": given.identity.principal_org_id, "session": given.identity.session_name,
        }

    @app.delete("/error")
    def error():
        raise ValueError("raised in a route")

    return app


APPS = {"V1": routes(VPCLatticeResolver()), "V2": routes(VPCLatticeV2Resolver())}
NOTES = pathlib.Path(os.environ["NOTES_FILE"])


def note(raw, event):
    try:
        text = event.decoded_body
    except UnicodeDecodeError:
        text = None
    part = NOTES.with_suffix(".part")
    part.write_text(json.dumps({
        "event": raw, "path": event.path, "method": event.http_method, "query": event.query_string_parameters,
        "headers": dict(event.headers), "body": event.body, "is_base64": event.is_base64_encoded, "text": text,
        "all": str(event),
    }))
    part.rename(NOTES)


def handler(event, context):
    version = "V2" if "version" in event else "V1"
    note(event, (VPCLatticeEventV2 if version == "V2" else VPCLatticeEvent)(event))
    return APPS[version].resolve(event, context)
