"""Does what the path says, most of it wrong."""

import os
import sys
import time


def handler(event, context):
    what = event["path"].split("?")[0].strip("/")
    if what == "raise":
        raise ValueError("on purpose")
    if what == "exit":
        os._exit(3)
    if what == "hang":
        time.sleep(600)
    if what == "garbage":
        os.write(1, os.urandom(200_000))
        sys.stdout.flush()
    if what == "not-an-object":
        return "just text"
    if what == "no-status":
        return {"headers": {}, "body": ""}
    if what == "bad-status":
        return {"statusCode": 99, "headers": {}}
    if what == "bad-base64":
        return {"statusCode": 200, "headers": {}, "isBase64Encoded": True, "body": "***"}
    if what == "split-header":
        return {"statusCode": 200, "headers": {"x-split": "a\r\nset-cookie: b=c"}}
    if what == "too-large":
        return {"statusCode": 200, "headers": {}, "body": "x" * 7_000_000}
    return {"statusCode": 200, "isBase64Encoded": False, "headers": {"x-a": ["1", "2"]}, "body": "fine"}
