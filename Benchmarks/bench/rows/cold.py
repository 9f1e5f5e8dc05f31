"""The first invocation of a Python function, beside the bare interpreter that imports the same module and ends."""

import os
import pathlib
import subprocess
import time

from conftest import ROLE, wait_for, zip_of
from light_client import LightClient

from ..context import interpreter_without_client
from ..results import Bar, compared

FUNCTION = pathlib.Path(__file__).parents[1] / "functions/imports.py"
#: Starts in a round.
STARTS = 5


def measure(context):
    # The default: what can be kept apart here is.
    server = context.trellis(path=interpreter_without_client(), variables={"TRELLIS_ISOLATION": "auto"})
    functions = server.client("lambda")
    environment = server.environment
    client = LightClient(
        environment["AWS_ENDPOINT_URL"], environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"],
        service="lambda")
    context.exits.callback(client.close)
    package = zip_of({"imports.py": FUNCTION.read_bytes()})

    def first_call(name):
        functions.create_function(
            FunctionName=name, Runtime="python3.11", Handler="imports.handler", Role=ROLE, Code={"ZipFile": package})
        wait_for(lambda: functions.get_function(FunctionName=name)["Configuration"]["State"] == "Active", name)
        start = time.perf_counter()
        status, answer = client.send("POST", f"/2015-03-31/functions/{name}/invocations", {})
        taken = time.perf_counter() - start
        assert status == 200 and answer["libraries"] > 0, (status, answer)
        return taken * 1000, answer["interpreter"]

    def bare(interpreter):
        start = time.perf_counter()
        subprocess.run(
            [interpreter, "-c", "import imports; imports.handler({}, None)"], check=True, cwd=FUNCTION.parent,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"})
        return (time.perf_counter() - start) * 1000

    # Finds the interpreter and unpacks.
    _, interpreter = first_call("warm")
    bare(interpreter)
    ours, theirs = [], []
    for number in range(context.rounds * STARTS):
        ours.append(first_call(f"cold-{number}")[0])
        theirs.append(bare(interpreter))
    return [compared(
        "first call of a Python function, default isolation", "ms", "bare interpreter, same module", ours, theirs,
        Bar(at_most=1.3))]
