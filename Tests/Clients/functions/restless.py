"""Answers with the path of its request and leaves processes behind, some of which have no parent."""

import subprocess
import time


def handler(event, context):
    path = event["path"]
    if path.endswith("13"):
        subprocess.Popen(["setsid", "sleep", "600"], stdin=subprocess.DEVNULL)
    if path.endswith("07") or path.endswith("/7"):
        subprocess.run(["sh", "-c", "(setsid sleep 600 &)"], stdin=subprocess.DEVNULL)
    time.sleep(0.005)
    return {"statusCode": 200, "headers": {}, "body": path}
