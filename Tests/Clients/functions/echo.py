"""Answers with the event it got; binary bodies come back as they were sent."""

import json


def handler(event, context):
    version = "V2" if event.get("version") == "2.0" else "V1"
    is_base64 = event["isBase64Encoded" if version == "V2" else "is_base64_encoded"]
    headers = event["headers"]
    if "x-echo-body" in headers:
        content_type = headers.get("content-type", "application/octet-stream")
        if isinstance(content_type, list):
            content_type = content_type[0]
        return {"statusCode": 200, "isBase64Encoded": is_base64,
                "headers": {"content-type": content_type}, "body": event["body"]}
    return {"statusCode": 200, "isBase64Encoded": False,
            "headers": {"content-type": "application/json", "x-runtime": "python",
                        "x-arn": context.invoked_function_arn},
            "body": json.dumps(event)}
