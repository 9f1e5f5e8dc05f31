"""AWS's Runtime Interface Emulator, which `tools/fetch-rie` puts beside the interpreter."""

import os
import pathlib
import socket
import subprocess
import sys

from conftest import FUNCTIONS, ROOT, free_port, wait_for


class RuntimeInterfaceEmulator:
    """One function of a folder; takes one request after the other, and ends when two overlap."""

    def __init__(self, directory, handler, timeout=3, functions=FUNCTIONS):
        subprocess.run([ROOT / "tools/fetch-rie", sys.executable], check=True)
        self.port, runtime_api = free_port(), free_port()
        environment = dict(
            PATH=os.environ["PATH"], HOME=str(directory), PYTHONPATH=str(functions),
            AWS_LAMBDA_FUNCTION_TIMEOUT=str(timeout))
        self.log = open(pathlib.Path(directory) / "rie.log", "wb")
        self.process = subprocess.Popen(
            [pathlib.Path(sys.executable).parent / "aws-lambda-rie",
             "--runtime-interface-emulator-address", f"127.0.0.1:{self.port}",
             "--runtime-api-address", f"127.0.0.1:{runtime_api}", sys.executable, "-m", "awslambdaric", handler],
            stdout=self.log, stderr=self.log, env=environment, cwd=directory, start_new_session=True)
        wait_for(self.listens, "the Runtime Interface Emulator")

    def listens(self):
        assert self.process.poll() is None
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            return True
        except ConnectionRefusedError:
            return False

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, 9)
        self.process.wait(timeout=30)
        self.log.close()
