"""Leaves the event in a file and answers what the request asks for by number, else 200."""

import json
import os
import pathlib

ANSWERS = json.loads((pathlib.Path(__file__).parent / "answers.json").read_text())


def handler(event, context):
    whole = pathlib.Path(os.environ["EVENT_FILE"])
    part = whole.with_suffix(".part")
    part.write_text(json.dumps(event))
    part.rename(whole)
    number = event["headers"].get("x-answer")
    return ANSWERS[int(number)] if number else {"statusCode": 200}
