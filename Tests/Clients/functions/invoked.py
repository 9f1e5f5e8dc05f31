"""Does what the event says, and writes down that it was called if there is a file for it."""

import json
import os
import pathlib
import signal
import time

CALLS = os.environ.get("CALLS")


def handler(event, context):
    what = event.get("do") if isinstance(event, dict) else None
    earlier = 0
    if CALLS:
        path = pathlib.Path(CALLS)
        lines = path.read_text().splitlines() if path.exists() else []
        earlier = sum(json.loads(line)["id"] == context.aws_request_id for line in lines)
        with path.open("a") as calls:
            calls.write(json.dumps({
                "id": context.aws_request_id, "event": event, "arn": context.invoked_function_arn}) + "\n")
    if what == "raise":
        raise ValueError("boom")
    if what == "fail-first" and earlier < event["times"]:
        raise ValueError("not yet")
    if what == "exit":
        os._exit(event["status"])
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hang":
        time.sleep(600)
    if what == "hang-first" and earlier == 0:
        time.sleep(600)
    if what == "large":
        return "x" * 6_291_556
    if what == "nothing":
        return None
    if what == "print":
        print("x" * event["size"])
        print("the last line")
    return event
