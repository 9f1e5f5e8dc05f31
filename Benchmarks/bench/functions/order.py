"""Adds up an order: a little of what functions do."""

import json


def handler(event, context):
    order = json.loads(event["body"])
    return {"statusCode": 200, "isBase64Encoded": False, "headers": {"content-type": "text/plain"},
            "body": str(sum(line["count"] for line in order["lines"]))}
