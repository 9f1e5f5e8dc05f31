"""Does what the path says: answers, raises, exits, sleeps, or answers nonsense."""

import os
import time


def handler(event, context):
    match event["path"].split("?")[0]:
        case "/raise":
            raise ValueError("as asked")
        case "/exit":
            os._exit(3)
        case "/sleep":
            time.sleep(20)
        case "/nonsense":
            return {"status": 200}
        case "/large":
            return {"statusCode": 200, "isBase64Encoded": False, "headers": {}, "body": "x" * 6_291_556}
    return {
        "statusCode": 201, "isBase64Encoded": False, "headers": {"content-type": "text/plain", "x-seen": event["method"]},
        "body": f"{event['path']} {event.get('body', '')}",
    }
