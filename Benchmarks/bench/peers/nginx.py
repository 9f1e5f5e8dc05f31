"""Debian's nginx with one process: as a peer, and as what both sides of a comparison forward to."""

import os
import shutil
import socket
import subprocess

from conftest import free_port, wait_for


class Nginx:
    """One server block of `directives`; `outside` stands before it, for example an upstream."""

    def __init__(self, context, name, directives, outside=""):
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "nginx is missing: sudo apt-get install nginx-light"
        directory = context.directory / name
        directory.mkdir()
        self.port = free_port()
        configuration = directory / "nginx.conf"
        paths = " ".join(
            f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        configuration.write_text(f"""
            daemon off; master_process off; worker_processes 1; pid {directory}/pid; error_log {directory}/error.log warn;
            events {{ worker_connections 4096; }}
            http {{
                access_log off; keepalive_requests 1000000000; client_max_body_size 8m; {paths}
                {outside}
                server {{ listen 127.0.0.1:{self.port} backlog=4096; {directives} }}
            }}
        """)
        log = open(directory / "output.log", "wb")
        context.exits.callback(log.close)
        self.process = context.ends(subprocess.Popen(
            [program, "-p", str(directory), "-c", str(configuration)], stdout=log, stderr=log))

        def listens():
            assert self.process.poll() is None, (directory / "output.log").read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        wait_for(listens, "nginx")


def version():
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    return subprocess.run([program, "-v"], capture_output=True, text=True).stderr.strip().rpartition("/")[2]
