"""Leaves a mark when a slow request begins and when it ends, and says which release answered."""

import os
import pathlib
import time


def handler(event, context):
    if event["path"].startswith("/slow"):
        marks = pathlib.Path(os.environ["MARKS"])
        (marks / "begun").touch()
        time.sleep(20)
        (marks / "ended").touch()
    return {"statusCode": 200, "isBase64Encoded": False, "headers": {"content-type": "text/plain"},
            "body": os.environ["RELEASE"]}
